using Ccr.CcrManager;
using Ccr.Resources.Databases;
using Ccr.Services.Hosting;
using Ccr.Transport;
using Microsoft.Extensions.Configuration;
using MySqlConnector;
using Npgsql;

// ccr-manager: the CCR Manager of one node, as a process of its own. Nothing in it waits on a socket's thread, so
// lanes may run there: half of a short round trip is saved.
TransportProcess.CallSinksInline();
return await ServiceProgram.RunAsync<CcrManagerOptions>("manager", args, (services, settings) =>
    services.AddCcrDatabases(databases =>
    {
        databases.Drivers["postgresql"] = NpgsqlFactory.Instance;
        databases.Drivers["mysql"] = MySqlConnectorFactory.Instance;
    }).AddCcrManager(options =>
    {
        options.ExitOnFailure = true;
        settings.Bind(section => section.Bind(options));
        options.Node = settings.Node;
        options.Data = settings.Data;
    }));
