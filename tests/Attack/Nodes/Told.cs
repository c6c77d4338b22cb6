using Ccr.Client;

namespace Ccr.Attack;

/// <summary>What a Client was told of one action.</summary>
/// <param name="Committed">Null: it could not learn it.</param>
/// <param name="Why">Why it is not committed.</param>
/// <param name="Action">Its name, where it was opened.</param>
internal sealed record Told(bool? Committed, string Why, string? Action)
{
    /// <summary>Runs work as one action; the Client asks until it is told.</summary>
    public static async Task<Told> OfAsync(
        CcrClient client, IReadOnlyList<string> servers, Func<AtomicAction, Task> work,
        CancellationToken cancellation = default)
    {
        string? name = null;
        try
        {
            await using AtomicAction action = await client.TransOpenAsync(servers, null, cancellation);
            name = action.Id.ToString();
            await work(action);
            CcrOutcome outcome = await action.TransCloseAsync(cancellation: cancellation);
            Assert.Empty(outcome.Damages);
            return new Told(outcome.IsCommitted, outcome.Refusal?.Text ?? "", name);
        }
        catch (CcrRefusedException refused)
        {
            return new Told(false, refused.Refusal.Text, name);
        }
        catch (CcrManagerLostException lost)
        {
            return new Told(false, lost.Message, name);
        }
        catch (CcrOutcomeUnknownException unknown)
        {
            return new Told(null, unknown.Message, name);
        }
    }

    public override string ToString() =>
        Committed switch { true => "committed", false => $"rolled back ({Why})", null => $"unknown ({Why})" };
}
