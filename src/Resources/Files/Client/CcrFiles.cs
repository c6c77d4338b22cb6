using System.Text;
using Ccr.Client;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Client;

namespace Ccr.Resources.Files;

/// <summary>
/// A Client's access to the files of any node inside an atomic action. Changes are seen by the action at once, and by
/// others only when it has committed. One of these serves all actions of a process; it keeps one connection to each
/// file Server.
/// </summary>
/// <remarks>
/// Every method throws <see cref="CcrRefusedException"/> when the Server refuses: the victim of a deadlock has to be
/// tried again as a new action (<see cref="CcrRetry"/>). One whose answer is lost makes the action rollback-only.
/// </remarks>
public sealed class CcrFiles : IAsyncDisposable
{
    private readonly Dictionary<string, Task<FilesConnection>> _connections = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _over = new();
    private bool _disposed;

    /// <summary>The whole content of a file, or null where there is none.</summary>
    /// <param name="action">The action, extended to the Server.</param>
    /// <param name="server">The file Server's name: "osaka.files".</param>
    /// <param name="path">Below the Server's root, '/' between its parts.</param>
    /// <param name="forUpdate">Takes the lock that a later change needs, so that the two cannot deadlock.</param>
    /// <param name="cancellation">Ends the wait; the action can then only be rolled back.</param>
    public async Task<byte[]?> ReadAsync(
        AtomicAction action, string server, string path, bool forUpdate = false,
        CancellationToken cancellation = default)
    {
        byte[] content = [];
        long offset = 0;
        while (true)
        {
            ReadFile read = new(forUpdate, offset, FileLimits.ContentOctetsMax);
            FilesReply part = await AskAsync(action, server, path, read, cancellation).ConfigureAwait(false);
            if (!part.Exists)
            {
                return null;
            }

            if (offset == 0)
            {
                content = new byte[WholeSize(path, part.Size)];
            }

            int taken = Math.Min(part.Content.Length, content.Length - (int)offset);
            part.Content[..taken].CopyTo(content.AsMemory((int)offset));
            offset += taken;
            if (offset >= content.Length || part.Content.IsEmpty)
            {
                return content;
            }
        }
    }

    /// <summary>Part of a file, at most <see cref="FileLimits.ContentOctetsMax"/>; null where there is none.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadPartAsync(
        AtomicAction action, string server, string path, long offset, int length,
        CancellationToken cancellation = default)
    {
        ReadFile read = new(false, offset, length);
        FilesReply part = await AskAsync(action, server, path, read, cancellation).ConfigureAwait(false);
        return part.Exists ? part.Content : null;
    }

    /// <summary>The content of a file as UTF-8 text, or null where there is none.</summary>
    public async Task<string?> ReadTextAsync(
        AtomicAction action, string server, string path, bool forUpdate = false,
        CancellationToken cancellation = default)
    {
        byte[]? content = await ReadAsync(action, server, path, forUpdate, cancellation).ConfigureAwait(false);
        return content is null ? null : Encoding.UTF8.GetString(content);
    }

    /// <summary>The size of a file, or null where there is none.</summary>
    public async Task<long?> SizeAsync(
        AtomicAction action, string server, string path, CancellationToken cancellation = default)
    {
        FilesReply reply = await AskAsync(action, server, path, new ReadFile(false, 0, 0), cancellation)
            .ConfigureAwait(false);
        return reply.Exists ? reply.Size : null;
    }

    /// <summary>Writes into a file that exists, from an offset on; it grows where need be.</summary>
    public async Task WriteAsync(
        AtomicAction action, string server, string path, long offset, ReadOnlyMemory<byte> content,
        CancellationToken cancellation = default)
    {
        foreach (ReadOnlyMemory<byte> part in Parts(content))
        {
            await AskAsync(action, server, path, new WriteFile(offset, part), cancellation).ConfigureAwait(false);
            offset += part.Length;
        }
    }

    /// <summary>Writes at the end of a file that exists.</summary>
    public async Task AppendAsync(
        AtomicAction action, string server, string path, ReadOnlyMemory<byte> content,
        CancellationToken cancellation = default)
    {
        foreach (ReadOnlyMemory<byte> part in Parts(content))
        {
            await AskAsync(action, server, path, new AppendFile(part), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Writes text in UTF-8 at the end of a file that exists.</summary>
    public Task AppendTextAsync(
        AtomicAction action, string server, string path, string text, CancellationToken cancellation = default) =>
        AppendAsync(action, server, path, Encoding.UTF8.GetBytes(text), cancellation);

    /// <summary>Replaces the whole content of a file; makes file and folders where they are missing.</summary>
    public async Task ReplaceAsync(
        AtomicAction action, string server, string path, ReadOnlyMemory<byte> content,
        CancellationToken cancellation = default)
    {
        bool first = true;
        foreach (ReadOnlyMemory<byte> part in Parts(content))
        {
            FileOperation operation = first ? new ReplaceFile(part) : new AppendFile(part);
            await AskAsync(action, server, path, operation, cancellation).ConfigureAwait(false);
            first = false;
        }
    }

    /// <summary>Replaces the whole content of a file by text in UTF-8.</summary>
    public Task ReplaceTextAsync(
        AtomicAction action, string server, string path, string text, CancellationToken cancellation = default) =>
        ReplaceAsync(action, server, path, Encoding.UTF8.GetBytes(text), cancellation);

    /// <summary>Removes a file that exists.</summary>
    public Task DeleteAsync(
        AtomicAction action, string server, string path, CancellationToken cancellation = default) =>
        AskAsync(action, server, path, new DeleteFile(), cancellation);

    /// <summary>Closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<FilesConnection>[] open;
        lock (_connections)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            open = [.. _connections.Values];
            _connections.Clear();
        }

        await _over.CancelAsync().ConfigureAwait(false); // whoever still connects need not wait for it
        foreach (Task<FilesConnection> opening in open)
        {
            await ((Task)opening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (opening.IsCompletedSuccessfully)
            {
                await opening.Result.DisposeAsync().ConfigureAwait(false);
            }
        }

        _over.Dispose();
    }

    private static long WholeSize(string path, long size) => size <= FileLimits.BranchOctetsMax
        ? size
        : throw new CcrRefusedException(new Refusal(
            RefusalCode.Limit, $"'{path}' has {size} octets, too many to be read at once: read it in parts."));

    /// <summary>Parts that fit a frame; one, empty, for no content.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Parts(ReadOnlyMemory<byte> content)
    {
        int offset = 0;
        do
        {
            int length = Math.Min(FileLimits.ContentOctetsMax, content.Length - offset);
            yield return content.Slice(offset, length);
            offset += length;
        }
        while (offset < content.Length);
    }

    private async Task<FilesReply> AskAsync(
        AtomicAction action, string server, string path, FileOperation operation, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(action);
        BegunAt begun = action.PlaceOf(server).Begun
            ?? throw new InvalidOperationException($"'{server}' did not begin a branch of {action.Id}.");
        FilesRequest message = new(0, action.Id, begun.Incarnation, path, operation);
        using ActionRequest request = action.BeginRequest();
        string address = AddressOf(action, server, begun);
        FilesMessage answer = await request.WaitAsync(
            stop => SentAsync(address, message, request, stop), cancellation).ConfigureAwait(false);
        request.Answered();
        return answer as FilesReply ?? throw new CcrRefusedException(((FilesRefused)answer).Refusal);
    }

    private async Task<FilesMessage> SentAsync(
        string address, FilesRequest message, ActionRequest request, CancellationToken cancellation)
    {
        FilesConnection connection;
        try
        {
            connection = await ConnectAsync(address).WaitAsync(cancellation).ConfigureAwait(false);
        }
        catch (IOException nobody)
        {
            request.Answered(); // nothing was sent, so that nothing was done
            throw new CcrRefusedException(new Refusal(RefusalCode.ServerLost, nobody.Message), nobody);
        }

        try
        {
            return await connection.AskAsync(message, cancellation).ConfigureAwait(false);
        }
        catch (IOException broken)
        {
            Refusal unknown = new(
                RefusalCode.ServerLost,
                $"The connection to the file Server broke before '{message.Path}' was answered: {broken.Message} "
                + "Retry as a new action.");
            request.Unknown(unknown);
            throw new CcrRefusedException(unknown, broken);
        }
    }

    /// <summary>
    /// The Unix socket at the Client's own node, TCP at any other: the path of another machine's socket may well exist
    /// on this one, and be another Server's.
    /// </summary>
    private static string AddressOf(AtomicAction action, string server, BegunAt begun)
    {
        bool isOwnNode = action.PlaceOf(server).Node == action.Id.Owner.Node;
        string kind = isOwnNode ? "unix:" : "tcp:";
        return begun.Addresses.FirstOrDefault(address => address.StartsWith(kind, StringComparison.Ordinal))
            ?? begun.Addresses.FirstOrDefault(address => address.StartsWith("tcp:", StringComparison.Ordinal))
            ?? throw new CcrRefusedException(new Refusal(
                RefusalCode.ServerLost, $"'{server}' has told no address that this node can reach."));
    }

    /// <summary>All who ask the same Server share one attempt; none waits for another Server's.</summary>
    private Task<FilesConnection> ConnectAsync(string address)
    {
        lock (_connections)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_connections.TryGetValue(address, out Task<FilesConnection>? known) && !IsOver(known))
            {
                return known;
            }

            return _connections[address] = FilesConnection.OpenAsync(address, _over.Token);
        }
    }

    private static bool IsOver(Task<FilesConnection> connection) =>
        connection.IsCompletedSuccessfully ? connection.Result.IsClosed : connection.IsCompleted;
}
