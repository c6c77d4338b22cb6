using System.Globalization;
using Ccr.CcrManager;
using Ccr.DatabaseAttackApp;
using Ccr.Protocol.Messages;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// SOCKET|embedded:ROOT RESOURCE...: runs what its standard input says until that ends.
//   run ROW STEP LIMITMS   one action; says "at STEP" and waits for "go ROW"; says "told ROW OUTCOME"
//   scope ROW ANSWER       one action as a TransactionScope, told when Done or Decided; says "at worked", and so on
//   hold COUNT WORKERS     so many actions in doubt
//   load FIRST WORKERS ROWS  actions without end
using IHost? embedded = await EmbeddedNode.StartAsync(args[0]);
string socket = embedded?.Services.GetRequiredService<EmbeddedCcrManager>().SocketPath ?? args[0];
await using Application application = await Application.StartAsync(socket, args[1..]);
Words.Say("ready");
while (await Console.In.ReadLineAsync() is { } line)
{
    string[] words = line.Split(' ');
    int Word(int at) => int.Parse(words[at], CultureInfo.InvariantCulture);
    Func<Task> run = words[0] switch
    {
        "run" => () => application.RunAsync(Word(1), words[2], Word(3)),
        "go" => () => Task.Run(() => application.Go(Word(1))),
        "scope" => () => application.ScopeAsync(Word(1), Enum.Parse<CloseAnswer>(words[2])),
        "hold" => () => application.HoldAsync(Word(1), Word(2)),
        "load" => () => application.LoadAsync(Word(1), Word(2), Word(3)),
        _ => throw new ArgumentException($"'{line}' is no command."),
    };
    _ = Task.Run(async () =>
    {
        try
        {
            await run();
        }
        catch (Exception failed)
        {
            Words.Say($"failed {failed}");
            throw;
        }
    });
}
