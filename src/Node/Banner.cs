using Ccr.CcrManager;
using Ccr.Client;
using Ccr.LocationServer;
using Microsoft.Extensions.DependencyInjection;

namespace Ccr.Node;

/// <summary>What a user sees when the node is up: what runs where, and what to type next.</summary>
internal static class Banner
{
    public static void Print(IServiceProvider services, NodeOptions options, NodeLayout layout)
    {
        CcrManagerService manager = services.GetRequiredService<CcrManagerService>();
        LocationHostedService location = services.GetRequiredService<LocationHostedService>();
        string other = options.Node == "osaka" ? "tokyo" : "osaka";
        string ccr = Environment.GetEnvironmentVariable("CCR_INVOKED_AS") ?? "ccr";
        string data = Path.GetRelativePath(Directory.GetCurrentDirectory(), layout.Root);
        string otherData = Path.Combine(Path.GetDirectoryName(data) ?? "", other);
        Console.Out.WriteLine($"""
            Node {options.Node} is up, epoch {manager.Identity?.Epoch}.
              CCR Manager      {manager.Address}
              Location Server  {location.Address}
              file Server      {options.Node}.files, for the files in {layout.FilesDirectory}

            In another terminal:
              {ccr} ctl --data {data} status
              {ccr} up --node {other} --data {otherData} --peer {options.Node}={manager.Address}
            Ctrl-C stops this node.
            """);
    }
}
