using Ccr.Ccrctl;

return await CommandLine.RunAsync(args, Terminal.OfProcess, CancellationToken.None);
