using Ccr.CcrManager;
using Ccr.Services.Hosting;

// ccr-manager: the CCR Manager of one node, as a process of its own.
return await ServiceProgram.RunAsync<CcrManagerOptions>("manager", args, (services, settings) =>
    services.AddCcrManager(options =>
    {
        options.ExitOnFailure = true;
        settings.Bind(options);
        options.Node = settings.Node;
        options.Data = settings.Data;
    }));
