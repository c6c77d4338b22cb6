using Ccr.Simulation.Command;

return SimCommand.Run(args, System.Console.Out, System.Console.Error);
