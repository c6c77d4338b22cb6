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
        foreach (PosixSignal fromTerminal in new[] { PosixSignal.SIGINT, PosixSignal.SIGQUIT })
        {
            _registrations.Add(PosixSignalRegistration.Create(fromTerminal, context => context.Cancel = true));
        }

        foreach ((PosixSignal sent, int number) in new[] { (PosixSignal.SIGTERM, 15), (PosixSignal.SIGHUP, 1) })
        {
            _registrations.Add(PosixSignalRegistration.Create(sent, context =>
            {
                context.Cancel = true;
                if (program() is { HasExited: false } running)
                {
                    _ = Libc.kill(running.Id, number);
                }
            }));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(one => one.Dispose());
}
