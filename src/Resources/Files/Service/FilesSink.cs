using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Resources.Files.Store;
using Ccr.Transport;

namespace Ccr.Resources.Files.Service;

/// <summary>
/// Takes the requests of Clients. Those of one connection are served side by side: one that waits for a lock holds up
/// no other.
/// </summary>
internal sealed class FilesSink(FileStore store, Action<string> log) : IFrameSink
{
    /// <inheritdoc/>
    public void OnOpened(FramedConnection connection) => connection.Tag = new Served();

    /// <inheritdoc/>
    public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
    {
        if (FilesMessage.Decode(frame, out BerStatus status) is not FilesRequest request)
        {
            connection.Close(
                $"The peer sent what is no request to a file Server ({status.Error} at octet {status.Position}).");
            return;
        }

        Served served = (Served)connection.Tag!;
        if (served.Enter() > FileLimits.RequestsPerConnectionMax)
        {
            served.Leave();
            connection.Send<FilesMessage>(new FilesRefused(request.Reference, new Refusal(
                RefusalCode.Limit,
                $"{FileLimits.RequestsPerConnectionMax} requests of this connection wait for their answers, the most "
                + "there may be: await some first.")));
            return;
        }

        ValueTask serving = ServeAsync(connection, served, request);
        if (!serving.IsCompletedSuccessfully)
        {
            _ = FlushAfterAsync(connection, serving);
        }
    }

    /// <inheritdoc/>
    public void OnBatchEnd(FramedConnection connection) => connection.Flush();

    /// <inheritdoc/>
    public void OnClosed(FramedConnection connection, string reason)
    {
        // The branches of its actions belong to the manager, not to this connection: nothing ends with it.
    }

    private async ValueTask ServeAsync(FramedConnection connection, Served served, FilesRequest request)
    {
        try
        {
            connection.Send(await store.ServeAsync(request).ConfigureAwait(false));
        }
        catch (Exception bug) when (bug is not OutOfMemoryException)
        {
            log($"{connection.Description}: a request for '{request.Path}' failed: {bug}");
            connection.Close("Internal error while a request was served: see the file Server's log.");
        }
        finally
        {
            served.Leave();
        }
    }

    private static async Task FlushAfterAsync(FramedConnection connection, ValueTask serving)
    {
        await serving.ConfigureAwait(false);
        connection.Flush();
    }

    /// <summary>How many requests of a connection are being served.</summary>
    private sealed class Served
    {
        private int _count;

        internal int Enter() => Interlocked.Increment(ref _count);

        internal void Leave() => Interlocked.Decrement(ref _count);
    }
}
