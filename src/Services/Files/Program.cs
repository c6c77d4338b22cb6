using Ccr.Resources.Files;
using Ccr.Services.Hosting;
using Microsoft.Extensions.Configuration;

// ccr-files: the file Server of one node, as a process of its own.
return await ServiceProgram.RunAsync<FileServerOptions>("files", args, (services, settings) =>
    services.AddCcrFiles(options =>
    {
        settings.Bind(section => section.Bind(options));
        options.Node = settings.Node;
        options.Data = settings.Data;
    }));
