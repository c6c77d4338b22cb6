using Ccr.Demo;

DemoOptions? options = DemoOptions.Read(args, Console.Error);
if (options is null)
{
    return 2;
}

using CancellationTokenSource interrupted = new();
Console.CancelKeyPress += (_, key) =>
{
    key.Cancel = true;
    interrupted.Cancel();
};
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
