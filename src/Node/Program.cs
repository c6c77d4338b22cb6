using System.CommandLine;
using Ccr.Node;
using Ccr.Services.Hosting;

// ccr-node: one node in the foreground. "up" may be left out, for there is nothing else that it does.
string[] words = args is ["up", ..] ? args : ["up", .. args];
RootCommand root = new("A node of Ccr: CCR Manager, Location Server and file Server in one process.")
{
    UpCommand.Create(),
};
ParseResult parsed = root.Parse(words);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"ccr up: {parsed.Errors[0].Message} See ccr up --help.");
    return ServiceProgram.ExitMisconfigured;
}

// The host itself listens for Ctrl-C and SIGTERM.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
