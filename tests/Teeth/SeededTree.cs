using System.Diagnostics;
using System.Text;

namespace Ccr.Teeth;

/// <summary>
/// A copy of the source with every seeded fault in it, each behind its switch, built once. Which fault is switched on
/// is read from the environment variable <c>CCR_TOOTH</c> when a program of that build starts.
/// </summary>
internal sealed class SeededTree(string repository, string root)
{
    /// <summary>The environment variable that switches one fault on.</summary>
    public const string Variable = "CCR_TOOTH";

    private const string Solution = "Hunters.slnx";

    private static readonly string[] Folders =
        ["src", "asn1", "eng", "tests/Evidence", "tests/Invariants", "tests/Simulation", "tests/LogDamage",
            "tests/AtomicActions.Tests", "tests/Support"];

    private static readonly string[] Files =
        ["Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json"];

    /// <summary>Where the programs of the seeded build are.</summary>
    public string Binaries => Path.Combine(root, "out", "bin");

    /// <summary>Writes the tree; leaves files alone that have not changed, so that a second build is quick.</summary>
    /// <exception cref="FormatException">A change does not fit the source any more; the message says which.</exception>
    public void Write(IReadOnlyList<SeededFault> faults)
    {
        Dictionary<string, string> seeded = new(StringComparer.Ordinal);
        foreach (SeededFault fault in faults)
        {
            foreach (Change change in fault.Changes)
            {
                string path = change.File;
                string text = seeded.GetValueOrDefault(path) ?? File.ReadAllText(Path.Combine(repository, path));
                seeded[path] = Apply(fault, change, text);
            }
        }

        seeded["src/Protocol/Tooth.cs"] = Switches(faults);
        HashSet<string> wanted = new(StringComparer.Ordinal);
        foreach (string path in Sources().Concat(seeded.Keys).Distinct(StringComparer.Ordinal))
        {
            wanted.Add(path);
            Put(path, seeded.GetValueOrDefault(path));
        }

        RemoveOthers(wanted);
    }

    /// <summary>Builds the programs that hunt.</summary>
    /// <exception cref="InvalidOperationException">The build failed; the message has its errors.</exception>
    public void Build(IEnumerable<Hunter> hunters)
    {
        string tree = Path.Combine(root, "tree");
        File.WriteAllLines(Path.Combine(tree, Solution), SolutionOf(hunters));
        ProcessStartInfo start = new("bash")
        {
            WorkingDirectory = tree,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in new[]
        {
            "eng/build.sh", Solution, "-c", "Release", "-v", "q", "--nologo", "-p:Hunting=true",
            "-p:RunAnalyzers=false", "-p:TreatWarningsAsErrors=false", "-p:EnforceCodeStyleInBuild=false",
            "-clp:ErrorsOnly",
        })
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment["CCR_ARTIFACTS"] = Path.Combine(root, "out");
        using Process build = Process.Start(start)!;
        Task<string> errors = build.StandardError.ReadToEndAsync();
        string said = build.StandardOutput.ReadToEnd();
        build.WaitForExit();
        if (build.ExitCode != 0)
        {
            throw new InvalidOperationException($"The seeded build failed:\n{said}{errors.GetAwaiter().GetResult()}");
        }
    }

    /// <summary>Puts one change into a source text.</summary>
    internal static string Apply(SeededFault fault, Change change, string text)
    {
        int at = text.IndexOf(change.Find, StringComparison.Ordinal);
        if (at < 0 || text.IndexOf(change.Find, at + 1, StringComparison.Ordinal) >= 0)
        {
            throw new FormatException(
                $"Fault '{fault.Name}': the lines to find stand {(at < 0 ? "nowhere" : "more than once")} in "
                + $"{change.File}. The source has changed: change tests/Teeth/faults/{fault.Name}.fault with it.");
        }

        string with = change.With.Replace(
            "$tooth", $"global::Ccr.Protocol.Tooth.{fault.Switch}", StringComparison.Ordinal);
        return string.Concat(text.AsSpan(0, at), with, text.AsSpan(at + change.Find.Length));
    }

    private static IEnumerable<string> SolutionOf(IEnumerable<Hunter> hunters)
    {
        IEnumerable<string> projects = hunters.Distinct().Order().Select(hunter => hunter switch
        {
            Hunter.Simulator => "tests/Simulation/Ccr.Simulation.csproj",
            Hunter.Core => "tests/AtomicActions.Tests/Ccr.AtomicActions.Tests.csproj",
            _ => "tests/LogDamage/Ccr.LogDamage.Tests.csproj",
        });
        return ["<Solution>", .. projects.Select(path => $"  <Project Path=\"{path}\" />"), "</Solution>"];
    }

    // Read once at the start of the program, so that the runtime compiles the faults that are off away.
    private static string Switches(IReadOnlyList<SeededFault> faults)
    {
        StringBuilder text = new();
        text.Append("namespace Ccr.Protocol;\n\npublic static class Tooth\n{\n");
        text.Append("    private static readonly string? On = ReadVariable();\n");
        foreach (SeededFault fault in faults)
        {
            text.Append($"    public static readonly bool {fault.Switch} = On == \"{fault.Name}\";\n");
        }

        text.Append("    private static string? ReadVariable() =>\n");
        text.Append($"        System.Environment.GetEnvironmentVariable(\"{Variable}\");\n}}\n");
        return text.ToString();
    }

    private IEnumerable<string> Sources()
    {
        foreach (string folder in Folders.Where(f => Directory.Exists(Path.Combine(repository, f))))
        {
            foreach (string file in Directory.EnumerateFiles(
                Path.Combine(repository, folder), "*", SearchOption.AllDirectories))
            {
                yield return Path.GetRelativePath(repository, file).Replace('\\', '/');
            }
        }

        foreach (string file in Files)
        {
            yield return file;
        }
    }

    private void Put(string path, string? text)
    {
        string target = Path.Combine(root, "tree", path);
        byte[] octets = text is null
            ? File.ReadAllBytes(Path.Combine(repository, path))
            : Encoding.UTF8.GetBytes(text);
        if (!File.Exists(target) || !File.ReadAllBytes(target).AsSpan().SequenceEqual(octets))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, octets);
        }
    }

    private void RemoveOthers(HashSet<string> wanted)
    {
        string tree = Path.Combine(root, "tree");
        foreach (string file in Directory.EnumerateFiles(tree, "*", SearchOption.AllDirectories))
        {
            if (!wanted.Contains(Path.GetRelativePath(tree, file).Replace('\\', '/')))
            {
                File.Delete(file);
            }
        }
    }
}
