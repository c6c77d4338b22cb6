using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ccr.Attack;

/// <summary>
/// A network namespace, and a thread of ours that lives in it: a socket belongs to the namespace of the thread that
/// made it, wherever it is used afterwards.
/// </summary>
internal sealed partial class NetSpace : IDisposable
{
    private const string Prefix = "ccr-attack-";
    private const int CloneNewNet = 0x40000000;

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private bool _entered;

    /// <param name="part">What tells it from the others of this process: "a".</param>
    public NetSpace(string part)
    {
        Name = $"{Prefix}{Environment.ProcessId}-{part}";
        RunCommand("ip", "netns", "add", Name);
        RunCommand("ip", "-n", Name, "link", "set", "lo", "up");
        _thread = new Thread(Work) { IsBackground = true, Name = Name };
        _thread.Start();
        if (!Make(() => _entered))
        {
            throw new InvalidOperationException($"The namespace {Name} could not be entered: run these tests as root.");
        }
    }

    /// <summary>Its name for ip-netns(8).</summary>
    public string Name { get; }

    /// <summary>Runs a program in it.</summary>
    public IReadOnlyList<string> Through => ["ip", "netns", "exec", Name];

    /// <summary>Removes what a killed run of these tests has left behind.</summary>
    public static void RemoveLeft()
    {
        foreach (string line in RunCommand("ip", "netns", "list").Split('\n'))
        {
            string name = line.Split(' ')[0];
            bool isOurs = name.StartsWith(Prefix, StringComparison.Ordinal);
            if (isOurs && !Directory.Exists("/proc/" + name[Prefix.Length..].Split('-')[0]))
            {
                RunCommand("ip", "netns", "del", name);
            }
        }
    }

    /// <summary>Joins two namespaces by a pair of Ethernet devices, each named "wire".</summary>
    public static void Join(NetSpace one, IPAddress oneAddress, NetSpace other, IPAddress otherAddress)
    {
        RunCommand(
            "ip", "-n", one.Name, "link", "add", "wire", "type", "veth", "peer", "name", "wire", "netns", other.Name);
        foreach ((NetSpace space, IPAddress address) in new[] { (one, oneAddress), (other, otherAddress) })
        {
            RunCommand("ip", "-n", space.Name, "addr", "add", $"{address}/24", "dev", "wire");
            RunCommand("ip", "-n", space.Name, "link", "set", "wire", "up");
        }
    }

    /// <summary>A TCP socket of this namespace.</summary>
    public Socket NewSocket() => Make(() => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
    {
        NoDelay = true,
    });

    /// <summary>Runs a command in it.</summary>
    public void Run(params string[] command) => RunCommand("ip", ["netns", "exec", Name, .. command]);

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
        RunCommand("ip", "netns", "del", Name);
    }

    /// <summary>Runs a command to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message has its words.</exception>
    public static string RunCommand(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        string output = process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException(
            $"'{program} {string.Join(' ', arguments)}' failed: {error.Trim()} These tests need root, network "
            + "namespaces, and the packages iproute2 and nftables.");
    }

    private T Make<T>(Func<T> make)
    {
        TaskCompletionSource<T> made = new();
        _work.Add(() =>
        {
            try
            {
                made.SetResult(make());
            }
            catch (Exception failure)
            {
                made.SetException(failure);
            }
        });
        return made.Task.GetAwaiter().GetResult();
    }

    private void Work()
    {
        using SafeFileHandle space = File.OpenHandle("/run/netns/" + Name);
        _entered = SetNamespace(space, CloneNewNet) == 0;
        foreach (Action work in _work.GetConsumingEnumerable())
        {
            work();
        }
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNamespace(SafeFileHandle file, int kind);
}
