using Ccr.LocationServer;
using Ccr.Services.Hosting;

// ccr-location: the Location Server of one node, as a process of its own.
return await ServiceProgram.RunAsync<LocationOptions>("location", args, (services, settings) =>
    services.AddCcrLocationServer(options =>
    {
        settings.Bind(options);
        options.Node = settings.Node;
        options.Data = settings.Data;
    }));
