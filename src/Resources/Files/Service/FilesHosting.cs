using Ccr.Resources.Files.Service;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ccr.Resources.Files;

/// <summary>The file Server as a part of a generic host.</summary>
public static class FilesHosting
{
    /// <summary>Runs a node's file Server in this host.</summary>
    public static IServiceCollection AddCcrFiles(this IServiceCollection services, Action<FileServerOptions> configure)
    {
        FileServerOptions options = new();
        configure(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<FilesHostedService>();
        services.AddHostedService(provider => provider.GetRequiredService<FilesHostedService>());
        return services;
    }
}

/// <summary>Starts and stops the file Server with its host, and stops the host when an outcome is unknown.</summary>
public sealed class FilesHostedService(
    FileServerOptions options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<FilesHostedService> log)
    : IHostedService
{
    private const int ExitFailed = 1;
    private FileService? _service;

    /// <summary>Where Clients reach the Server; empty while it does not run.</summary>
    public IReadOnlyList<string> Addresses => _service?.Addresses ?? [];

    /// <summary>Ends when the node's manager knows the Server and all that it found prepared.</summary>
    /// <exception cref="InvalidOperationException">The Server does not run.</exception>
    public Task Registered => _service?.Registered
        ?? throw new InvalidOperationException("The file Server does not run.");

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _service = await FileService.StartAsync(options, time, log, Fail, cancellationToken).ConfigureAwait(false);
        log.LogInformation(
            "The file Server {Name} (incarnation {Incarnation}) serves {Root} at {Addresses}.",
            options.ServerName, _service.Incarnation, options.RootFolder, string.Join(" and ", _service.Addresses));
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_service is { } running)
        {
            await running.DisposeAsync().ConfigureAwait(false);
        }
    }

    private void Fail(string reason)
    {
        log.LogCritical("The file Server stops, because unknown is not no: {Reason}", reason);
        Environment.ExitCode = ExitFailed;
        lifetime.StopApplication();
    }
}
