using System.Diagnostics;
using System.Reflection;

namespace Ccr.Tidy;

/// <summary>The files of this checkout, as git lists them: what is ignored does not count.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> Listed = new(List);

    /// <summary>The folder that holds Ccr.sln.</summary>
    public static string Root { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>Every text file that is committed or could be.</summary>
    public static IReadOnlyList<SourceFile> Files => Listed.Value;

    /// <summary>The C# files.</summary>
    public static IEnumerable<SourceFile> CSharp => Files.Where(f => f.Path.EndsWith(".cs", StringComparison.Ordinal));

    private static List<SourceFile> List()
    {
        ProcessStartInfo start = new("git", ["ls-files", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
        };
        using Process git = Process.Start(start)!;
        string[] paths = git.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        git.WaitForExit();
        return [.. paths.Where(IsText).Distinct().Select(Read).OfType<SourceFile>()];
    }

    private static bool IsText(string path) =>
        Path.GetExtension(path) is not (".ber" or ".bin" or ".png" or ".gif" or ".log" or ".hex" or ".svg");

    private static SourceFile? Read(string path)
    {
        string full = Path.Combine(Root, path);
        return File.Exists(full) ? new SourceFile(path, File.ReadAllText(full)) : null;
    }
}

/// <summary>One file, its path relative to the repository with "/" between the parts.</summary>
internal sealed record SourceFile(string Path, string Text)
{
    /// <summary>The lines, without their ends.</summary>
    public string[] Lines { get; } = Text.TrimEnd('\n').Split('\n');

    /// <summary>True inside <paramref name="folder"/>.</summary>
    public bool IsIn(string folder) => Path.StartsWith(folder + "/", StringComparison.Ordinal);

    /// <summary>This file and line, as an editor takes it.</summary>
    public string At(int line) => $"{Path}:{line + 1}";
}

/// <summary>Fails with one finding a line.</summary>
internal static class Finding
{
    public static void None(IEnumerable<string> findings)
    {
        string[] all = [.. findings];
        Assert.True(all.Length == 0, $"{all.Length} findings:\n{string.Join('\n', all)}");
    }
}
