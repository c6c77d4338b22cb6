using Microsoft.Extensions.Hosting;

namespace Ccr.Services.Hosting;

/// <summary>
/// Stops the service when its standard input ends, if the environment variable <c>CCR_STOP_WITH_INPUT</c> is 1. Whoever
/// starts a service with a pipe there leaves none behind, even when it dies by kill -9.
/// </summary>
public sealed class InputWatch(IHostApplicationLifetime lifetime) : IHostedService
{
    /// <summary>The name of the environment variable.</summary>
    public const string Variable = "CCR_STOP_WITH_INPUT";

    /// <summary>True when the variable is set.</summary>
    public static bool IsAskedFor => Environment.GetEnvironmentVariable(Variable) == "1";

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        new Thread(Watch) { Name = "ccr-input", IsBackground = true }.Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Watch()
    {
        using Stream input = Console.OpenStandardInput();
        Span<byte> octets = stackalloc byte[256];
        while (input.Read(octets) > 0)
        {
            // What comes is nobody's: only the end counts.
        }

        lifetime.StopApplication();
    }
}
