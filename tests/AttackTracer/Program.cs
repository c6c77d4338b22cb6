using System.Globalization;
using Ccr.AttackTracer;

// ccr-attack-tracer: reads a process number from standard input, attaches to that process, and says so. Then reads K,
// and kills the process (SIGKILL) as it enters its K-th write, force or send from then on; K = 0 only counts. Each such
// call is told in a line; "K CALL" kills at the K-th of this one call, as it was told. Ends when standard input ends:
// the process goes on untraced.
//
// strace's own injection counts for each thread and each system call apart (strace(1), "when="), so that with a pool of
// threads its k-th call is not the k-th of the process. Here one count runs over all of them.
if (!int.TryParse(Console.In.ReadLine(), CultureInfo.InvariantCulture, out int process))
{
    return 2;
}

Tracer tracer = new(process, Console.Out);
new Thread(tracer.Run) { IsBackground = true, Name = "tracer" }.Start();
while (Console.In.ReadLine() is { } line)
{
    string[] words = line.Split(' ', 2);
    tracer.KillAt(int.Parse(words[0], CultureInfo.InvariantCulture), words.ElementAtOrDefault(1));
}

Environment.Exit(0); // the kernel lets go of what was traced
return 0;
