using Ccr.CcrManager;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Ccr.Resources.Databases;

/// <summary>Adds the databases of a node to its manager.</summary>
public static class DatabasesServiceCollectionExtensions
{
    /// <summary>
    /// The managers of this host finish what is prepared for them in databases, and answer Clients and operators about
    /// these. Options come from the configuration section "Ccr" and then from <paramref name="configure"/>; call it
    /// beside AddCcrManager or AddEmbeddedCcrManager.
    /// </summary>
    public static IServiceCollection AddCcrDatabases(
        this IServiceCollection services, Action<DatabasesOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        OptionsBuilder<DatabasesOptions> options = services.AddOptions<DatabasesOptions>()
            .BindConfiguration(DatabasesOptions.Section);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        return services.AddManagerCompanion(provider =>
            new NodeDatabases(provider.GetRequiredService<IOptions<DatabasesOptions>>().Value));
    }
}
