using System.Diagnostics;
using System.Globalization;

namespace Ccr.Bench.Log;

/// <summary>A C program of bench/c, compiled by gcc when it is first needed: what the machine itself can do.</summary>
internal sealed class CProgram
{
    private readonly string _binary;

    private CProgram(string binary) => _binary = binary;

    /// <summary>Compiles bench/c/NAME.c into a directory.</summary>
    internal static CProgram Compile(string name, string directory)
    {
        string source = Path.Combine(AppContext.BaseDirectory, "c", name + ".c");
        string binary = Path.Combine(directory, name);
        _ = Run("gcc", ["-O2", "-Wall", "-o", binary, source]);
        return new CProgram(binary);
    }

    /// <summary>Compiles bench/c/NAME.c into a library that can be preloaded; returns its path.</summary>
    internal static string CompileLibrary(string name, string directory)
    {
        string library = Path.Combine(directory, name + ".so");
        string source = Path.Combine(AppContext.BaseDirectory, "c", name + ".c");
        _ = Run("gcc", ["-shared", "-fPIC", "-O2", "-Wall", "-o", library, source, "-ldl"]);
        return library;
    }

    /// <summary>Runs it and returns the number it prints.</summary>
    internal double Number(params string[] arguments) =>
        double.Parse(Run(_binary, arguments), CultureInfo.InvariantCulture);

    private static string Run(string program, IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"'{program}' ended with exit code {process.ExitCode}.");
    }
}
