using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Ccr.Processes;

/// <summary>What a program printed, and how it ended.</summary>
internal sealed record Finished(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";
}

/// <summary>The programs that were built beside these tests.</summary>
internal static class Programs
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = typeof(Programs).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>Runs a program of src to its end.</summary>
    /// <param name="folder">Its project's folder in src: "Demo".</param>
    /// <param name="workingFolder">Where it runs.</param>
    /// <param name="args">Its arguments.</param>
    public static async Task<Finished> RunAsync(string folder, string workingFolder, params string[] args)
    {
        using Process process = Start(folder, workingFolder, args);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using CancellationTokenSource limit = new(Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{folder} {string.Join(' ', args)} did not end:\n{await output}\n{await error}");
        }

        return new Finished(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a program of src.</summary>
    public static Process Start(string folder, string workingFolder, params string[] args) => Process.Start(
        new ProcessStartInfo("dotnet", [PathOf(folder), .. args])
        {
            WorkingDirectory = workingFolder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
        })!;

    /// <summary>bin/PROJECT/CONFIGURATION/ASSEMBLY.dll, beside bin/Ccr.Processes/CONFIGURATION.</summary>
    private static string PathOf(string folder)
    {
        string project = Directory.GetFiles(Path.Combine(Root, "src", folder), "*.csproj").Single();
        Match assembly = Regex.Match(File.ReadAllText(project), "<AssemblyName>(.*)</AssemblyName>");
        string here = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        string bin = Path.GetDirectoryName(Path.GetDirectoryName(here))!;
        return Path.Combine(
            bin, Path.GetFileNameWithoutExtension(project), Path.GetFileName(here), assembly.Groups[1].Value + ".dll");
    }
}
