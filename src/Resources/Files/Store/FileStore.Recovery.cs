using System.Globalization;
using System.Text;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Resources.Files.Os;
using Ccr.Resources.Files.Redo;

namespace Ccr.Resources.Files.Store;

/// <summary>The start: what earlier incarnations left, before any new work.</summary>
internal sealed partial class FileStore
{
    private const string IncarnationFile = "incarnation";
    private const string ManagerFile = "manager";
    private static readonly TimeSpan WarnEvery = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Opens the store: claims the state folder, raises and forces the incarnation (SEM-7), locks again what prepared
    /// branches had locked, and completes one-phase decisions. A file that another process holds is waited for.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened; the message is a sentence.</exception>
    internal static async Task<FileStore> OpenAsync(FileStoreOptions options, CancellationToken stop = default)
    {
        Libc.Bind();
        RefuseOverlap(options);
        RootFolder root = new(options.Root);
        StateFolder? state = null;
        FileStore? store = null;
        try
        {
            state = new StateFolder(options.StateFolder, options.Fault);
            store = new FileStore(options, root, state);
            await store.RecoverAsync(stop).ConfigureAwait(false);
            return store;
        }
        catch (Exception)
        {
            store?._locks.Dispose();
            state?.Dispose();
            root.Dispose();
            throw;
        }
    }

    /// <summary>The highest identity of the node's manager that was kept, or null (SEM-6).</summary>
    internal ManagerIdentity? ManagerSeen()
    {
        string[] lines = Encoding.UTF8.GetString(_state.ReadSmall(ManagerFile) ?? []).Split('\n');
        return lines.Length >= 3 && NodeName.TryParse(lines[0], out NodeName node)
            && UInt128.TryParse(lines[1], NumberStyles.HexNumber, null, out UInt128 log)
            && uint.TryParse(lines[2], out uint epoch)
            ? new ManagerIdentity(node, new LogIdentity(log), epoch)
            : null;
    }

    /// <summary>Keeps the manager's identity durably (SEM-6).</summary>
    internal void KeepManager(ManagerIdentity manager) => _state.WriteSmall(
        ManagerFile, Encoding.UTF8.GetBytes($"{manager.Node}\n{manager.Log}\n{manager.Epoch}\n"));

    private static void RefuseOverlap(FileStoreOptions options)
    {
        string root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Root)) + "/";
        string state = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.StateFolder)) + "/";
        if (state.StartsWith(root, StringComparison.Ordinal))
        {
            throw new IOException(
                $"The state folder '{options.StateFolder}' lies below the root '{options.Root}', where Clients could "
                + "reach it: name one outside.");
        }
    }

    private async Task RecoverAsync(CancellationToken stop)
    {
        List<RedoImage> images = _state.FindImages(_options.Warn);
        foreach (KeptOutcome outcome in _state.FindOutcomes())
        {
            _outcomes.Add(outcome.Key, outcome);
        }

        RaiseIncarnation(images.Count > 0);
        foreach (RedoImage image in images)
        {
            if (_outcomes.TryGetValue(image.Key, out KeptOutcome? ended))
            {
                // The crash came between the forced outcome and the image's removal.
                DropImage(ended);
                continue;
            }

            StoreAction action = Adopt(image);
            foreach (RedoEntry entry in image.Entries)
            {
                await LockAgainAsync(action, entry, stop).ConfigureAwait(false);
            }

            if (image.Decided)
            {
                CompleteDecided(action, image);
            }
        }
    }

    private void DropImage(KeptOutcome ended)
    {
        if (ended.Outcome == DoneOutcome.Committed)
        {
            _state.RemoveImage(ended.Key);
        }
        else
        {
            _state.SetImageAside(ended.Key);
        }

        _state.Names.Force();
    }

    private StoreAction Adopt(RedoImage image)
    {
        if (!_actions.TryGetValue(image.Key.Action, out StoreAction? action))
        {
            action = new StoreAction(image.Key.Action) { Closed = true };
            action.Owner.InDoubt = true;
            _actions.Add(image.Key.Action, action);
        }

        action.Branches.Add(image.Key.Branch, new StoreBranch(image.Key.Branch) { Image = image, Recovered = true });
        return action;
    }

    private async Task LockAgainAsync(StoreAction action, RedoEntry entry, CancellationToken stop)
    {
        Task locked = _locks.AcquireAsync(action.Owner, entry.Path, LockMode.Exclusive, bounded: false).AsTask();
        while (!locked.IsCompleted)
        {
            Task patience = Task.Delay(WarnEvery, _options.Time, stop);
            if (await Task.WhenAny(locked, patience).ConfigureAwait(false) == patience)
            {
                stop.ThrowIfCancellationRequested();
                _options.Warn(
                    $"Another process has locked '{entry.Path}', which prepared action {action.Id} needs: the file "
                    + "Server starts when that process lets go of it.");
            }
        }

        try
        {
            await locked.ConfigureAwait(false);
        }
        catch (StoreRefusedException refused)
        {
            throw new IOException($"Prepared action {action.Id} cannot lock its file: {refused.Message}", refused);
        }
    }

    private void CompleteDecided(StoreAction action, RedoImage head)
    {
        RedoImage? whole = _state.LoadImage(head.Key);
        if (whole is not null)
        {
            ApplyDecided(action, whole, recovered: true);
            return;
        }

        // Its contents were never forced whole, so that the decision was not taken: nobody has been told of it.
        Forget(action, head);
        _state.Names.Force();
        End(action, head.Key.Branch, DoneOutcome.RolledBack);
    }

    private void RaiseIncarnation(bool hasImages)
    {
        string root = Path.GetFullPath(_options.Root);
        string[] lines = Encoding.UTF8.GetString(_state.ReadSmall(IncarnationFile) ?? []).Split('\n');
        _isNew = lines is [""];
        long last = 0;
        if (!_isNew && (lines.Length < 2 || !long.TryParse(lines[0], out last) || last < 1))
        {
            throw new IOException(
                $"'{_options.StateFolder}/{IncarnationFile}' does not hold the Server's incarnation: restore the state "
                + "folder, or, if nothing is prepared, empty it.");
        }

        if (hasImages && lines[1] != root)
        {
            throw new IOException(
                $"The state folder '{_options.StateFolder}' holds prepared branches of the root '{lines[1]}', not of "
                + $"'{root}': start the Server with that root.");
        }

        Incarnation = last + 1;
        _state.WriteSmall(IncarnationFile, Encoding.UTF8.GetBytes($"{Incarnation}\n{root}\n"));
    }
}
