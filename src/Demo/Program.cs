using System.Runtime.InteropServices;
using Ccr.Demo;

DemoOptions? options = DemoOptions.Read(args, Console.Error);
if (options is null)
{
    return 2;
}

using CancellationTokenSource interrupted = new();
void Interrupt(PosixSignalContext signal)
{
    // The nodes are stopped first, and their folders removed.
    signal.Cancel = true;
    interrupted.Cancel();
}

using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Interrupt);
using PosixSignalRegistration onTermination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Interrupt);
try
{
    return await DemoRun.RunAsync(options, interrupted.Token);
}
catch (DemoFailedException failed)
{
    Console.Error.WriteLine($"demo: {failed.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("demo: interrupted.");
    return 130;
}
