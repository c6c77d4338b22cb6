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

    /// <summary>
    /// Adds a CCR Manager that shares a root with the application's other processes on this machine: it takes the
    /// first free slot there, and finishes what dead neighbours left (SEM-17). Its options come from the configuration
    /// section "CcrEmbedded" and then from <paramref name="configure"/>. It starts and stops with the host; ask for
    /// <see cref="EmbeddedCcrManager"/> to learn its socket.
    /// </summary>
    public static IServiceCollection AddEmbeddedCcrManager(
        this IServiceCollection services, Action<EmbeddedCcrManagerOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddEnumerable(
            ServiceDescriptor.Singleton<
                IValidateOptions<EmbeddedCcrManagerOptions>, EmbeddedCcrManagerOptionsValidator>());
        OptionsBuilder<EmbeddedCcrManagerOptions> options = services.AddOptions<EmbeddedCcrManagerOptions>()
            .BindConfiguration(EmbeddedCcrManagerOptions.Section);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddSingleton<EmbeddedCcrManager>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<EmbeddedCcrManager>());
        return services;
    }

    /// <summary>
    /// Adds something that lives with every manager of this process: <paramref name="make"/> is called for each start
    /// of each of them, adopted ones included.
    /// </summary>
    public static IServiceCollection AddManagerCompanion(
        this IServiceCollection services, Func<IServiceProvider, IManagerCompanion> make)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(make);
        return services.AddSingleton<IManagerCompanionFactory>(provider => new CompanionFactory(provider, make));
    }

    private sealed class CompanionFactory(IServiceProvider services, Func<IServiceProvider, IManagerCompanion> make)
        : IManagerCompanionFactory
    {
        public IManagerCompanion Create() => make(services);
    }
}
