using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Ccr.Artemis;

/// <summary>The jacket's C part, as the build has put it beside this assembly.</summary>
public static class JacketFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "jacket");

    /// <summary>The launcher.</summary>
    public static string Launcher => Path.Combine(Folder, "jacket-run");

    /// <summary>The library that is loaded before the C library.</summary>
    public static string Library => Path.Combine(Folder, "libjacket.so");

    /// <summary>Why no program can be run under the jacket here, or null.</summary>
    public static string? Complaint()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return "The jacket is for Linux on x86-64: run the program on such a machine.";
        }

        return File.Exists(Launcher) && File.Exists(Library)
            ? null
            : $"The jacket, which is written in C, is not in '{Folder}': install its compiler "
                + "(apt-get install gcc make libc6-dev), and build Ccr again.";
    }

    /// <summary>Starts a program under the jacket; standard input, output and error are this process' own.</summary>
    public static Process Run(GroupFolder group, IReadOnlyList<string> command)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(command);
        return Start([.. RunArguments(group), "--", .. command]);
    }

    /// <summary>Starts it again as it was, to be built anew from a plan.</summary>
    public static Process Restart(GroupFolder group, RestartLaunch launch)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(launch);
        return Start(RestartArguments(group, launch));
    }

    internal static string[] RunArguments(GroupFolder group) => ["run", .. Common(group)];

    internal static string[] RestartArguments(GroupFolder group, RestartLaunch launch) =>
    [
        "restart", .. Common(group), "--monotonic-ns", launch.MonotonicNs.ToString(CultureInfo.InvariantCulture),
    ];

    private static string[] Common(GroupFolder group) =>
    [
        "--socket", group.Socket, "--member", group.Name, "--library", Library, "--launch", group.LaunchRecord,
    ];

    private static Process Start(string[] arguments)
    {
        ProcessStartInfo start = new(Launcher, arguments) { UseShellExecute = false };
        return Process.Start(start) ?? throw new IOException($"'{Launcher}' could not be started.");
    }
}

/// <summary>What a restart has to be told beside the launch record.</summary>
/// <param name="Number">The checkpoint.</param>
/// <param name="MonotonicNs">Its CLOCK_MONOTONIC, from which the program's goes on.</param>
public sealed record RestartLaunch(long Number, ulong MonotonicNs);
