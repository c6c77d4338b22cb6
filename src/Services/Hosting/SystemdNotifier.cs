using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Hosting;

namespace Ccr.Services.Hosting;

/// <summary>Tells systemd when the service is ready and when it stops (sd_notify(3)); elsewhere nothing.</summary>
public sealed class SystemdNotifier(IHostApplicationLifetime lifetime) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("NOTIFY_SOCKET") is { Length: > 1 } path && !OperatingSystem.IsWindows())
        {
            lifetime.ApplicationStarted.Register(() => Tell(path, "READY=1"));
            lifetime.ApplicationStopping.Register(() => Tell(path, "STOPPING=1"));
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void Tell(string path, string state)
    {
        // A leading '@' stands for the abstract namespace.
        UnixDomainSocketEndPoint systemd = new(path[0] == '@' ? "\0" + path[1..] : path);
        using Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.SendTo(Encoding.ASCII.GetBytes(state), systemd);
    }
}
