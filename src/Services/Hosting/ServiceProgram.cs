using System.Diagnostics.CodeAnalysis;
using Ccr.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Ccr.Services.Hosting;

/// <summary>What the programs of the three services have in common.</summary>
public static class ServiceProgram
{
    /// <summary>It ran and was stopped.</summary>
    public const int ExitStopped = 0;

    /// <summary>It failed.</summary>
    public const int ExitFailed = 1;

    /// <summary>It could not start as it was asked to: arguments, configuration, folders, ports.</summary>
    public const int ExitMisconfigured = 2;

    /// <summary>Configures a service by file, environment and arguments, and runs it until told to stop.</summary>
    /// <typeparam name="TOptions">The options that the service's section sets.</typeparam>
    /// <param name="service">"location": the program is ccr-location, its section Location.</param>
    /// <param name="args">The program's arguments.</param>
    /// <param name="add">Adds the service to the host.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync<[DynamicallyAccessedMembers(ServiceSettings.Settings)] TOptions>(
        string service, string[] args, Action<IServiceCollection, ServiceSettings> add)
    {
        string program = "ccr-" + service;
        string section = char.ToUpperInvariant(service[0]) + service[1..];
        return await ReportAsync(program, async () =>
        {
            ServiceArguments arguments = ServiceArguments.Read(args, section);
            if (arguments.Help)
            {
                await Console.Out.WriteLineAsync(Usage(program, section, typeof(TOptions))).ConfigureAwait(false);
                return;
            }

            HostApplicationBuilder builder = NewBuilder(LogLevel.Information);
            builder.Services.AddWindowsService(windows => windows.ServiceName = program);
            Configure(builder.Configuration, arguments, section, typeof(TOptions));
            ServiceSettings settings = new(builder.Configuration, section);
            NodeLayout layout = new(settings.Data is { Length: > 0 } data
                ? data
                : throw new ArgumentException("The node has no data directory: name one with --data DIRECTORY."));
            layout.Prepare();
            using IDisposable claim = layout.Claim(service);
            add(builder.Services, settings);
            if (InputWatch.IsAskedFor)
            {
                builder.Services.AddHostedService<InputWatch>();
            }

            await RunHostAsync(builder.Build()).ConfigureAwait(false);
        }).ConfigureAwait(false);
    }

    /// <summary>A host that logs to standard error and tells systemd; it has no configuration yet.</summary>
    public static HostApplicationBuilder NewBuilder(LogLevel least)
    {
        HostApplicationBuilder builder = new(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.SetMinimumLevel(least);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        builder.Logging.AddConfiguration(builder.Configuration.GetSection("Logging"));
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.ColorBehavior = LoggerColorBehavior.Disabled;
        });
        builder.Services.Configure<ConsoleLoggerOptions>(
            console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Services.AddHostedService<SystemdNotifier>();
        return builder;
    }

    /// <summary>Starts a host, and waits until Ctrl-C, SIGTERM or the service itself stops it.</summary>
    /// <param name="host">The host.</param>
    /// <param name="started">Called when all of it runs.</param>
    /// <exception cref="InvalidOperationException">It did not start; the reason is the inner exception.</exception>
    public static async Task RunHostAsync(IHost host, Func<IServiceProvider, Task>? started = null)
    {
        using (host)
        {
            await host.StartAsync().ConfigureAwait(false);
            if (started is not null)
            {
                await started(host.Services).ConfigureAwait(false);
            }

            await host.WaitForShutdownAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Runs a program; what goes wrong becomes one sentence on standard error and an exit code.</summary>
    public static async Task<int> ReportAsync(string program, Func<Task> run)
    {
        try
        {
            await run().ConfigureAwait(false);
            return Environment.ExitCode;
        }
        catch (OptionsValidationException wrong)
        {
            await Console.Error.WriteLineAsync($"{program}: {wrong.Failures.First()}").ConfigureAwait(false);
            return ExitMisconfigured;
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException or IOException
            or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"{program}: {wrong.Message}").ConfigureAwait(false);
            return ExitMisconfigured;
        }
        catch (Exception failure)
        {
            await Console.Error.WriteLineAsync($"{program}: {failure.Message}").ConfigureAwait(false);
            return ExitFailed;
        }
    }

    private static void Configure(
        ConfigurationManager configuration,
        ServiceArguments arguments,
        string section,
        [DynamicallyAccessedMembers(ServiceSettings.Settings)] Type options)
    {
        ConfigurationBuilder stated = new();
        stated.SetBasePath(Directory.GetCurrentDirectory());
        stated.AddJsonFile("appsettings.json", optional: true);
        if (arguments.ConfigFile is { } file)
        {
            string path = Path.GetFullPath(file);
            if (!File.Exists(path))
            {
                throw new ArgumentException($"The configuration file '{path}' does not exist.");
            }

            stated.AddJsonFile(path, optional: false);
        }

        ConfigurationBuilder given = new();
        given.AddInMemoryCollection(arguments.Settings);
        try
        {
            ServiceSettings.Check(stated.Build(), section, options);
        }
        catch (InvalidDataException wrong)
        {
            throw new ArgumentException($"{wrong.Message} {wrong.GetBaseException().Message}", wrong);
        }

        ServiceSettings.Check(given.Build(), section, options);
        foreach (IConfigurationSource source in stated.Sources)
        {
            configuration.Sources.Add(source);
        }

        configuration.AddEnvironmentVariables("CCR_");
        configuration.AddInMemoryCollection(arguments.Settings);
    }

    private static string Usage(
        string program, string section, [DynamicallyAccessedMembers(ServiceSettings.Settings)] Type options) => $"""
        {program} --node NAME --data DIR [SETTINGS]

        One service of a node, until Ctrl-C or SIGTERM. Settings come from appsettings.json in the working folder,
        then from --config FILE, then from the environment (CCR_NODE, CCR_{section.ToUpperInvariant()}__LISTEN), then
        from the arguments; later ones win. In a file, Node and Data stand at the top and the others in the
        section {section}:

          {string.Join("\n  ", ServiceSettings.NamesOf(options))}

        Exit codes: 0 stopped, 1 failed, 2 asked for in a way that cannot be served.
        """;
}
