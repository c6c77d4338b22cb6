using Ccr.LocationServer;
using Ccr.Services.Hosting;
using Microsoft.Extensions.Configuration;

// ccr-location: the Location Server of one node, as a process of its own.
return await ServiceProgram.RunAsync<LocationOptions>("location", args, (services, settings) =>
    services.AddCcrLocationServer(options =>
    {
        settings.Bind(section => section.Bind(options));
        options.Node = settings.Node;
        options.Data = settings.Data;
    }));
