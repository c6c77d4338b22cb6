
namespace Ccr.AtomicActionLog.Tests;

/// <summary>
/// This assembly started as a process of its own: a manager that appends and acknowledges until it is killed.
/// "append DIRECTORY FIRST" forces records FIRST, FIRST + 1 ... and prints each number once it is durable.
/// </summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        if (arguments is not ["append", string directory, string first])
        {
            Console.Error.WriteLine("Usage: append DIRECTORY FIRST. The tests themselves are run by 'dotnet test'.");
            return 2;
        }

        using FasterAtomicActionLog log = FasterAtomicActionLog.Open(new LogOptions
        {
            Directory = directory,
            Node = Sample.Tokyo,
            LimitBytes = 64 << 20,
            Geometry = Scratch.Small,
            AllowVolatileDirectory = true,
        });
        Stream output = Console.OpenStandardOutput();
        for (int number = int.Parse(first, null); ; number++)
        {
            log.Append(Sample.Ready(number));
            if (number % 3 == 0)
            {
                log.Append(Sample.Heuristic(number, 1));
            }

            log.Force();
            output.Write(System.Text.Encoding.ASCII.GetBytes($"{number}\n"));
        }
    }
}
