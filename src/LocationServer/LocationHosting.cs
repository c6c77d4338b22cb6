using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Ccr.LocationServer;

/// <summary>The Location Server as a part of a generic host.</summary>
public static class LocationHosting
{
    /// <summary>Runs a node's Location Server in this host.</summary>
    public static IServiceCollection AddCcrLocationServer(
        this IServiceCollection services, Action<LocationOptions> configure)
    {
        LocationOptions options = new();
        configure(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<LocationHostedService>();
        services.AddHostedService(provider => provider.GetRequiredService<LocationHostedService>());
        return services;
    }
}

/// <summary>Starts and stops the Location Server with its host.</summary>
public sealed class LocationHostedService(
    LocationOptions options, TimeProvider time, ILogger<LocationService> log) : IHostedService
{
    private LocationService? _service;

    /// <summary>Where other Location Servers reach this one, HOST:PORT; null while it does not run.</summary>
    public string? Address => _service?.Address;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _service = await LocationService.StartAsync(options, time, log).ConfigureAwait(false);
        log.LogInformation("The Location Server of {Node} listens on {Address}.", options.Node, _service.Address);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_service is { } running)
        {
            await running.DisposeAsync().ConfigureAwait(false);
        }
    }
}
