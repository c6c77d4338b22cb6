using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ccr.Artemis;

/// <summary>
/// Who launches a program lets its signals through: those of the terminal reach the program by themselves, the others
/// are passed on, and this process lives as long as the program does.
/// </summary>
public sealed class ProgramSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Begins to pass signals on.</summary>
    /// <param name="program">The launched process.</param>
    public ProgramSignals(Func<Process?> program)
    {
        ArgumentNullException.ThrowIfNull(program);
        foreach ((PosixSignal keyed, int number) in new[] { (PosixSignal.SIGINT, 2), (PosixSignal.SIGQUIT, 3) })
        {
            Register(keyed, number, program, static () => !IsInForeground());
        }

        foreach ((PosixSignal sent, int number) in new[] { (PosixSignal.SIGTERM, 15), (PosixSignal.SIGHUP, 1) })
        {
            Register(sent, number, program, static () => true);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(one => one.Dispose());

    private void Register(PosixSignal signal, int number, Func<Process?> program, Func<bool> isForUsAlone) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (isForUsAlone() && program() is { HasExited: false } running)
            {
                _ = Libc.kill(running.Id, number);
            }
        }));

    /// <summary>
    /// True when a key of the terminal would reach us, and so the program: nobody tells whether one was pressed.
    /// </summary>
    private static bool IsInForeground()
    {
        try
        {
            // proc(5): the process group is field 5, the terminal's foreground group field 8, -1 without a terminal.
            string stat = File.ReadAllText("/proc/self/stat");
            string[] words = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return words[2] == words[5];
        }
        catch (IOException)
        {
            return true;
        }
    }
}
