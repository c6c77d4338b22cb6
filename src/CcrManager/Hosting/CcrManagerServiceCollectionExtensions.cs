using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Ccr.CcrManager;

/// <summary>Puts a CCR Manager into a host.</summary>
public static class CcrManagerServiceCollectionExtensions
{
    /// <summary>
    /// Adds a CCR Manager, with its options from the configuration section "Ccr" and then from
    /// <paramref name="configure"/>. It starts and stops with the host.
    /// </summary>
    public static IServiceCollection AddCcrManager(
        this IServiceCollection services, Action<CcrManagerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<IValidateOptions<CcrManagerOptions>, CcrManagerOptionsValidator>());
        OptionsBuilder<CcrManagerOptions> options = services.AddOptions<CcrManagerOptions>()
            .BindConfiguration(CcrManagerOptions.Section);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddSingleton<CcrManagerService>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<CcrManagerService>());
        return services;
    }
}
