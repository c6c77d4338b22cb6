using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Ccr.Tidy;

/// <summary>Arrows between projects and between ASN.1 modules point down only (docs/ARCHITECTURE.md).</summary>
public sealed partial class LayoutTests
{
    /// <summary>The layers of src; a project references only layers above its own in this list.</summary>
    private static readonly string[][] Layers =
    [
        ["src/Protocol", "src/Asn1"],
        ["src/AtomicActions", "src/Transport"],
        ["src/AtomicActionLog", "src/Client"],
        ["src/CcrManager", "src/LocationServer", "src/Resources/Files", "src/Resources/Xa", "src/Http"],
        ["src/Artemis"],
        ["src/Ccrctl", "src/SystemTransactions", "src/Services/Hosting", "src/Resources/Databases"],
        ["src/Services/Manager", "src/Services/Location", "src/Services/Files", "src/Services/"],
        ["src/Node", "src/Demo"],
    ];

    /// <summary>A module imports only from those before it.</summary>
    private static readonly string[] Modules =
    [
        "ACSE-AE-Title-Subset", "CCR", "CCR-Profile", "CCR-Link", "CCR-Session", "CCR-Location", "CCR-Files", "CCR-Log",
    ];

    private static IEnumerable<SourceFile> Projects =>
        Repository.Files.Where(f => f.Path.EndsWith(".csproj", StringComparison.Ordinal));

    [Fact]
    public void Projects_reference_only_layers_below() => Finding.None(
        from project in Projects
        where project.IsIn("src")
        from reference in ReferencesOf(project)
        where LayerOf(reference) >= LayerOf(FolderOf(project))
        select $"{project.Path}: may not reference {reference}; arrows point down only");

    [Fact]
    public void Every_project_of_src_has_a_layer() => Finding.None(
        from project in Projects
        where project.IsIn("src") && LayerOf(FolderOf(project)) < 0
        select $"{project.Path}: give it a place in LayoutTests.Layers");

    [Fact]
    public void Product_code_references_no_test_or_benchmark() => Finding.None(
        from project in Projects
        where project.IsIn("src") || project.IsIn("samples")
        from reference in ReferencesOf(project)
        where !reference.StartsWith("src/", StringComparison.Ordinal)
        select $"{project.Path}: may not reference {reference}");

    [Fact]
    public void The_solution_holds_every_project()
    {
        string solution = Repository.Files.Single(f => f.Path == "Ccr.sln").Text.Replace('\\', '/');
        Finding.None(
            from project in Projects
            where !solution.Contains($"\"{project.Path}\"", StringComparison.Ordinal)
            select $"{project.Path} is not in Ccr.sln: run eng/solution.sh");
    }

    [Fact]
    public void Asn1_modules_import_only_downward() => Finding.None(
        from file in Repository.Files
        where Path.GetDirectoryName(file.Path) == "asn1" && Path.GetExtension(file.Path) == ".asn1"
        let module = ModuleHead().Match(file.Text).Groups["name"].Value
        let imports = Imports().Match(CommentsOf().Replace(file.Text, "")).Value
        from Match import in From().Matches(imports)
        let other = import.Groups["name"].Value
        where Array.IndexOf(Modules, module) < 0 || Array.IndexOf(Modules, other) < 0
            || Array.IndexOf(Modules, other) >= Array.IndexOf(Modules, module)
        select $"{file.Path}: {module} may not import from {other}");

    [Fact]
    public void An_upward_reference_would_be_found()
    {
        Assert.True(LayerOf("src/CcrManager") > LayerOf("src/Protocol"));
        Assert.True(LayerOf("src/Services/Whatever") > LayerOf("src/Client"));
        Assert.True(LayerOf("src/Unknown") < 0);
    }

    private static string FolderOf(SourceFile project) => Path.GetDirectoryName(project.Path)!.Replace('\\', '/');

    private static int LayerOf(string folder) => Array.FindIndex(Layers, layer => layer.Any(
        l => l == folder || (l.EndsWith('/') && folder.StartsWith(l, StringComparison.Ordinal))));

    private static IEnumerable<string> ReferencesOf(SourceFile project) => XDocument.Parse(project.Text)
        .Descendants("ProjectReference")
        .Select(r => "/" + FolderOf(project) + "/" + r.Attribute("Include")!.Value.Replace('\\', '/'))
        .Select(p => Path.GetDirectoryName(Path.GetFullPath(p))!.Replace('\\', '/').TrimStart('/'));

    [GeneratedRegex(@"^(?<name>[A-Z][\w-]*)\s*(\{[^}]*\}\s*)?DEFINITIONS", RegexOptions.Multiline)]
    private static partial Regex ModuleHead();

    [GeneratedRegex(@"\bIMPORTS\b[^;]*;")]
    private static partial Regex Imports();

    [GeneratedRegex(@"\bFROM\s+(?<name>[A-Z][\w-]*)")]
    private static partial Regex From();

    [GeneratedRegex(@"--.*?(--|$)", RegexOptions.Multiline)]
    private static partial Regex CommentsOf();
}
