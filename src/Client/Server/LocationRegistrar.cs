using System.Net.Sockets;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;
using Ccr.Protocol.Names;
using Ccr.Transport;
using Polly;

namespace Ccr.Client;

/// <summary>
/// Keeps a Server registered with its node's Location Server: renews the lease at a third of it, withdraws at the end.
/// A Location Server that is down only delays that; nothing else waits for it.
/// </summary>
internal sealed class LocationRegistrar
{
    private readonly CcrServerOptions _options;
    private readonly CancellationToken _stopping;
    private readonly TaskCompletionSource<NodeName> _node = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _reference;

    public LocationRegistrar(CcrServerOptions options, CancellationToken stopping)
    {
        _options = options;
        _stopping = stopping;
        Ended = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Ends after the registration is withdrawn, when the Server stops.</summary>
    public Task Ended { get; }

    /// <summary>The node is known only when the manager was reached for the first time.</summary>
    public void NodeIs(NodeName node) => _node.TrySetResult(node);

    private async Task RunAsync()
    {
        ResiliencePipeline connecting = Connecting.Pipeline(
            int.MaxValue, _options.Time, failed: null, ClientLimits.ServerPauseMax);
        string last = "";
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                NodeName node = await _node.Task.WaitAsync(_stopping).ConfigureAwait(false);
                Socket socket = await connecting.ExecuteAsync(
                    static async (registrar, stop) => await FrameDialer.ConnectAsync(
                        "unix:" + registrar._options.LocationSocket, stop).ConfigureAwait(false),
                    this, _stopping).ConfigureAwait(false);
                await KeepRegisteredAsync(socket, node).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is IOException or CcrRefusedException or SessionLostException)
            {
                if (e.Message != last)
                {
                    last = e.Message;
                    _options.Log?.Invoke($"{_options.Name}: not registered with the Location Server now: {e.Message}");
                }

                // A Location Server that comes back knows nobody: it is told soon. One that refuses, rarely.
                await PauseAsync(e is CcrRefusedException ? ClientLimits.PauseMax : ClientLimits.PauseMin)
                    .ConfigureAwait(false);
            }
        }
    }

    /// <summary>Registers and renews on one connection until it breaks; withdraws when the Server stops.</summary>
    private async Task KeepRegisteredAsync(Socket socket, NodeName node)
    {
        Answers answers = new();
        FramedConnection connection = FramedConnection.Start(socket, answers);
        await using (connection.ConfigureAwait(false))
        {
            while (!_stopping.IsCancellationRequested)
            {
                TimeSpan lease = await RegisterAsync(connection, answers, node).ConfigureAwait(false);
                Task broken = connection.Ended;
                await Task.WhenAny(broken, PauseAsync(lease / 3)).ConfigureAwait(false);
                if (broken.IsCompleted)
                {
                    throw new IOException(answers.ClosedBecause);
                }
            }

            connection.Send<LocationMessage>(new Withdraw(++_reference, _options.Name, _options.Incarnation));
            connection.Flush();
        }
    }

    private async Task<TimeSpan> RegisterAsync(FramedConnection connection, Answers answers, NodeName node)
    {
        Place place = new(_options.Name, node, _options.Kind, _options.Incarnation, _options.Addresses);
        int leaseMs = (int)Math.Clamp(_options.Lease.TotalMilliseconds, 1, int.MaxValue);
        Task<LocationMessage> answer = answers.Next();
        connection.Send<LocationMessage>(new RegisterPlace(++_reference, place, leaseMs));
        connection.Flush();
        using CancellationTokenSource timeout = new(ClientLimits.ConnectTimeout, _options.Time);
        try
        {
            return await answer.WaitAsync(timeout.Token).ConfigureAwait(false) switch
            {
                PlaceRegistered registered => TimeSpan.FromMilliseconds(registered.LeaseMs),
                LocationRefused refused => throw new CcrRefusedException(refused.Refusal),
                LocationMessage other => throw new IOException(
                    $"The Location Server answered a registration with {other.GetType().Name}."),
            };
        }
        catch (OperationCanceledException)
        {
            throw new IOException("The Location Server does not answer.");
        }
    }

    private async Task PauseAsync(TimeSpan pause)
    {
        try
        {
            await Task.Delay(pause, _options.Time, _stopping).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Stopping: the loop sees it.
        }
    }

    /// <summary>One request at a time, and its answer.</summary>
    private sealed class Answers : IFrameSink
    {
        private TaskCompletionSource<LocationMessage> _next = New();

        public string ClosedBecause { get; private set; } = "";

        public Task<LocationMessage> Next()
        {
            TaskCompletionSource<LocationMessage> next = New();
            Volatile.Write(ref _next, next);
            if (ClosedBecause.Length > 0)
            {
                next.TrySetException(new IOException(ClosedBecause));
            }

            return next.Task;
        }

        public void OnFrame(FramedConnection connection, ReadOnlySpan<byte> frame)
        {
            if (LocationMessage.Decode(frame, out BerStatus status) is { } message)
            {
                Volatile.Read(ref _next).TrySetResult(message);
            }
            else
            {
                connection.Close($"The Location Server sent what is no Location-message ({status.Error}).");
            }
        }

        public void OnClosed(FramedConnection connection, string reason)
        {
            ClosedBecause = reason;
            Volatile.Read(ref _next).TrySetException(new IOException(reason));
        }

        private static TaskCompletionSource<LocationMessage> New() =>
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
