using System.Globalization;

namespace Ccr.AttackTracer;

/// <summary>
/// Traces all threads of one process; kills it as it enters its k-th counted call, which is then not carried out.
/// All of it runs on one thread, for ptrace belongs to the thread that attached.
/// </summary>
internal sealed class Tracer(int process, TextWriter told)
{
    private const nint Options = Ptrace.OptionGoodSyscalls | Ptrace.OptionClone | Ptrace.OptionExec;

    private readonly HashSet<int> _stopping = [];
    private int _count;
    private Aim _aim = new(0, null);
    private bool _attached;

    /// <summary>From now on calls are counted, and the one of this number (of those described so) kills.</summary>
    public void KillAt(int call, string? described)
    {
        Volatile.Write(ref _count, 0);
        Volatile.Write(ref _aim, new Aim(call, described));
    }

    public void Run()
    {
        Attach();
        while (true)
        {
            int thread = Ptrace.Wait(-1, out int status, Ptrace.WaitAll);
            if (thread < 0)
            {
                told.WriteLine("gone"); // nothing is left to be traced
                return;
            }

            if ((status & 0xff) == 0x7f && !Stopped(thread, (status >> 8) & 0xff, status >> 16))
            {
                return;
            }

            Settled(thread);
        }
    }

    /// <summary>Threads come while we look: until a look finds none that is new.</summary>
    private void Attach()
    {
        HashSet<int> seen = [];
        bool found;
        do
        {
            found = false;
            string folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task");
            foreach (string name in Directory.GetDirectories(folder).Select(d => Path.GetFileName(d)!))
            {
                int thread = int.Parse(name, CultureInfo.InvariantCulture);
                if (seen.Add(thread) && Ptrace.Call(Ptrace.Seize, thread, 0, Options) == 0)
                {
                    found = true;
                    if (Ptrace.Call(Ptrace.Interrupt, thread, 0, 0) == 0)
                    {
                        _stopping.Add(thread);
                    }
                }
            }
        }
        while (found);
    }

    /// <summary>A thread has stopped; false when it was the end.</summary>
    private bool Stopped(int thread, int signal, int what)
    {
        nint deliver = 0;
        if (signal == Ptrace.SyscallTrap)
        {
            if (Ptrace.Entering(thread) is { } call && CountedCalls.Describe(process, call) is { } described)
            {
                int count = Interlocked.Increment(ref _count);
                Aim aim = Volatile.Read(ref _aim);
                if (aim.Meets(count, described))
                {
                    _ = Ptrace.Kill(process, Ptrace.SigKill);
                    told.WriteLine($"killed {count} {described}");
                    return false;
                }

                told.WriteLine($"call {count} {described}");
            }
        }
        else if (what == Ptrace.EventStop && signal != Ptrace.Trap)
        {
            _ = Ptrace.Call(Ptrace.Listen, thread, 0, 0); // stopped by SIGSTOP: stays so until SIGCONT
            return true;
        }
        else if (what == 0)
        {
            deliver = signal;
        }

        _ = Ptrace.Call(Ptrace.ToNextSyscall, thread, 0, deliver);
        return true;
    }

    /// <summary>Told once, when every thread that was there is traced.</summary>
    private void Settled(int thread)
    {
        _stopping.Remove(thread);
        if (!_attached && _stopping.Count == 0)
        {
            _attached = true;
            told.WriteLine("attached");
        }
    }

    /// <summary>Where to kill; used by the tracing thread alone once it is set.</summary>
    private sealed class Aim(int call, string? of)
    {
        private int _met;

        public bool Meets(int count, string described) =>
            of is null ? count == call : described == of && ++_met == call;
    }
}
