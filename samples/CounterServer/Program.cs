using Ccr.Client;
using Ccr.Samples.CounterServer;

// counter-server NODE DIR: the Server NODE.counter counts the committed atomic actions that named it.
NodeLayout node = new(args[1]);
using Counter counter = new(Path.Combine(node.Root, "counter.redo"));
await using CcrServer server = CcrServer.Start(
    new CcrServerOptions
    {
        Name = $"{args[0]}.counter",
        Kind = "counter",
        Incarnation = counter.Starts,
        ManagerSocket = node.ManagerSocket,
        LocationSocket = node.LocationSocket,
        Log = Console.Error.WriteLine,
    },
    counter);
await server.Registered;
Console.WriteLine($"{args[0]}.counter is at {counter.Value}");
await Task.Delay(Timeout.Infinite); // end it as you like, with kill -9 if you will
