using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Ccr.Http;

/// <summary>Puts atomic actions into an HTTP client and an HTTP service.</summary>
public static class CcrHttpExtensions
{
    /// <summary>Makes this application a Server of its node, which requests of other nodes' actions can join.</summary>
    public static IServiceCollection AddCcrService(
        this IServiceCollection services, Action<CcrServiceOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        OptionsBuilder<CcrServiceOptions> options = services.AddOptions<CcrServiceOptions>()
            .BindConfiguration(CcrServiceOptions.Section);
        if (configure is not null)
        {
            options.Configure(configure);
        }

        services.AddSingleton<CcrService>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<CcrService>());
        return services;
    }

    /// <summary>Requests with the header ccr-action work in its branch; put it before what does the work.</summary>
    public static IApplicationBuilder UseCcrActions(this IApplicationBuilder app) =>
        app.UseMiddleware<CcrActionMiddleware>();

    /// <summary>Requests of this HttpClient are sent within the caller's atomic action.</summary>
    /// <param name="builder">The client's builder.</param>
    /// <param name="server">The service's name as a Server: "osaka.billing".</param>
    public static IHttpClientBuilder AddCcrActions(this IHttpClientBuilder builder, string server) =>
        builder.AddHttpMessageHandler(() => new CcrActionHandler(server));
}
