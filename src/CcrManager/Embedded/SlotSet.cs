using System.Globalization;
using Ccr.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager;

/// <summary>The slots of one root: their names, their folders, and the options of a manager that runs in one.</summary>
internal sealed class SlotSet(EmbeddedCcrManagerOptions options, IConfiguration? configuration)
{
    private readonly string _root = Path.GetFullPath(options.Root);

    /// <summary>All that there may be, lowest first.</summary>
    public IEnumerable<string> Nodes => Enumerable.Range(1, options.SlotsMax)
        .Select(number => options.Application + "-" + number.ToString(CultureInfo.InvariantCulture));

    /// <summary>Those whose folders are there.</summary>
    public IEnumerable<string> Existing => Nodes.Where(node => Directory.Exists(LayoutOf(node).LogDirectory));

    /// <summary>The folder of a slot.</summary>
    public NodeLayout LayoutOf(string node) => new(Path.Combine(_root, node));

    /// <summary>Takes the first free slot that comes behind another one, making its folder if need be.</summary>
    /// <param name="behind">The slot that was no good; null for the first.</param>
    /// <exception cref="IOException">None is free, or the root cannot be written; the message says so.</exception>
    public Slot ClaimFree(string? behind)
    {
        PrepareRoot();
        IEnumerable<string> rest = behind is null ? Nodes : Nodes.SkipWhile(node => node != behind).Skip(1);
        foreach (string node in rest)
        {
            NodeLayout layout = LayoutOf(node);
            layout.Prepare();
            if (Slot.TryClaim(node, layout) is { } slot)
            {
                return slot;
            }
        }

        throw new IOException(
            $"All {options.SlotsMax} slots of '{_root}' are taken, {options.Application}-1 to "
            + $"{options.Application}-{options.SlotsMax}: stop a process of the application, or raise SlotsMax.");
    }

    /// <summary>The options of a manager in a slot, checked.</summary>
    /// <param name="node">The slot.</param>
    /// <param name="isAdopted">True: beside this process' own manager, so at an address of its own.</param>
    /// <exception cref="OptionsValidationException">They cannot be; the message says what to do.</exception>
    public CcrManagerOptions OptionsOf(string node, bool isAdopted)
    {
        CcrManagerOptions made = new();
        configuration?.GetSection(CcrManagerOptions.Section).Bind(made);
        options.ConfigureManager?.Invoke(made);
        made.Node = node;
        made.Data = LayoutOf(node).Root;
        made.Peers.Remove(node); // one list of peers serves all processes of the application
        made.Listen = isAdopted ? "127.0.0.1:0" : made.Listen;
        ValidateOptionsResult result = new CcrManagerOptionsValidator().Validate(null, made);
        return result.Succeeded ? made : throw new OptionsValidationException(
            CcrManagerOptions.Section, typeof(CcrManagerOptions), result.Failures);
    }

    private void PrepareRoot()
    {
        try
        {
            if (OperatingSystem.IsWindows())
            {
                Directory.CreateDirectory(_root);
            }
            else
            {
                Directory.CreateDirectory(
                    _root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            string probe = Path.Combine(_root, $".probe-{Environment.ProcessId}-{Environment.CurrentManagedThreadId}");
            File.WriteAllText(probe, "");
            File.Delete(probe);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The root '{_root}' of the embedded managers cannot be written ({failure.Message.TrimEnd('.')}): set "
                + "Root to another folder, or give this user the right to write there.",
                failure);
        }
    }
}
