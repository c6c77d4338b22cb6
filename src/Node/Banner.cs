using Ccr.CcrManager;
using Ccr.Client;
using Ccr.LocationServer;
using Ccr.Resources.Files;
using Microsoft.Extensions.DependencyInjection;

namespace Ccr.Node;

/// <summary>What a user sees when the node is up: what runs where, and what to type next.</summary>
internal static class Banner
{
    private static readonly TimeSpan RegistrationLimit = TimeSpan.FromSeconds(10);

    /// <summary>Waits until the manager knows the file Server, then says that the node is up.</summary>
    public static async Task PrintAsync(IServiceProvider services, NodeOptions options, NodeLayout layout)
    {
        CcrManagerService manager = services.GetRequiredService<CcrManagerService>();
        LocationHostedService location = services.GetRequiredService<LocationHostedService>();
        FilesHostedService files = services.GetRequiredService<FilesHostedService>();
        bool registered = await IsRegisteredAsync(files).ConfigureAwait(false);
        string other = options.Node == "osaka" ? "tokyo" : "osaka";
        string ccr = Environment.GetEnvironmentVariable("CCR_INVOKED_AS") is { Length: > 0 } word ? word : "./ccr";
        string data = Path.GetRelativePath(Directory.GetCurrentDirectory(), layout.Root);
        string otherData = Path.Combine(Path.GetDirectoryName(data) ?? "", other);
        await Console.Out.WriteLineAsync($"""
            Node {options.Node} is up, epoch {manager.Identity?.Epoch}.
              CCR Manager      {manager.Address}
              Location Server  {location.Address}
              file Server      {options.Node}.files, for the files in {layout.FilesDirectory}
            {(registered ? "" : "  (the file Server is still waiting for the manager)\n")}
            In another terminal:
              {ccr} ctl --data {data} status
              {ccr} up --node {other} --data {otherData} --peer {options.Node}={manager.Address}
            Ctrl-C stops this node.
            """).ConfigureAwait(false);
    }

    private static async Task<bool> IsRegisteredAsync(FilesHostedService files)
    {
        try
        {
            await files.Registered.WaitAsync(RegistrationLimit).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
