using System.Globalization;
using System.Text;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files;

namespace Ccr.Ccrctl.FileSteps;

/// <summary>What a step did: for people and for JSON.</summary>
/// <param name="Step">The step.</param>
/// <param name="Content">What read found; null for other verbs, and where there is no file.</param>
/// <param name="Before">The number before add; null for other verbs.</param>
/// <param name="After">The number after add; null for other verbs.</param>
internal sealed record StepResult(FileStep Step, string? Content = null, decimal? Before = null, decimal? After = null);

/// <summary>
/// Does the steps of one "run" in one atomic action, in their order. A refusal is an exception: all is undone.
/// </summary>
internal sealed class StepRunner(CcrFiles files, AtomicAction action)
{
    public async Task<StepResult> DoAsync(FileStep step, CancellationToken cancellation)
    {
        switch (step.Verb)
        {
            case FileVerb.Read:
                return new StepResult(step, await ReadAsync(step, false, cancellation));
            case FileVerb.Write:
                await files.ReplaceAsync(
                    action, step.Server, step.Path, await ContentOfAsync(step, cancellation), cancellation);
                return new StepResult(step);
            case FileVerb.Append:
                await files.AppendAsync(
                    action, step.Server, step.Path, await ContentOfAsync(step, cancellation), cancellation);
                return new StepResult(step);
            case FileVerb.Delete:
                await files.DeleteAsync(action, step.Server, step.Path, cancellation);
                return new StepResult(step);
            case FileVerb.Add:
                return await AddAsync(step, cancellation);
            case FileVerb.Expect:
                await ExpectAsync(step, cancellation);
                return new StepResult(step);
            case FileVerb.Missing:
                Require(
                    await ReadAsync(step, true, cancellation) is null,
                    $"{step.Name} is there, and was to be missing.");
                return new StepResult(step);
            default:
                throw new ArgumentOutOfRangeException(nameof(step), step.Verb, "There is no such verb.");
        }
    }

    private async Task<StepResult> AddAsync(FileStep step, CancellationToken cancellation)
    {
        string text = await ReadAsync(step, true, cancellation)
            ?? throw Refused($"{step.Name} is not there: write a number to it first.");
        Require(
            FileStep.TryNumber(text.Trim(), out decimal before), $"{step.Name} holds no number, but '{Short(text)}'.");
        decimal after = before + step.Amount;
        Require(
            step.Least is not { } least || after >= least,
            $"{step.Name} holds {Invariant(before)}: adding {Invariant(step.Amount)} would leave less than"
            + $" {Invariant(step.Least ?? 0)}.");
        await files.ReplaceTextAsync(action, step.Server, step.Path, Invariant(after) + "\n", cancellation);
        return new StepResult(step, Before: before, After: after);
    }

    private async Task ExpectAsync(FileStep step, CancellationToken cancellation)
    {
        byte[] expected = await ContentOfAsync(step, cancellation);
        string? found = await ReadAsync(step, true, cancellation);
        Require(
            found?.TrimEnd('\n') == Encoding.UTF8.GetString(expected).TrimEnd('\n'),
            found is null ? $"{step.Name} is not there."
                : $"{step.Name} holds '{Short(found)}', not what was expected.");
    }

    private Task<string?> ReadAsync(FileStep step, bool forUpdate, CancellationToken cancellation) =>
        files.ReadTextAsync(action, step.Server, step.Path, forUpdate, cancellation);

    private static async Task<byte[]> ContentOfAsync(FileStep step, CancellationToken cancellation) =>
        step.Text.StartsWith('@')
            ? await File.ReadAllBytesAsync(step.Text[1..], cancellation)
            : Encoding.UTF8.GetBytes(step.Text + "\n");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw Refused(otherwise);
        }
    }

    private static CcrRefusedException Refused(string sentence) => new(new Refusal(RefusalCode.Resource, sentence));

    private static string Invariant(decimal number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Short(string text) => text.Trim().Length <= 40 ? text.Trim() : text.Trim()[..40] + " ...";
}
