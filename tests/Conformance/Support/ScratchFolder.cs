namespace Ccr.Conformance.Support;

/// <summary>A folder that is gone afterwards, with copies of the ASN.1 modules.</summary>
internal sealed class ScratchFolder : IDisposable
{
    internal string Path { get; } = Directory.CreateTempSubdirectory("ccr-conformance-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);

    internal string this[string file] => System.IO.Path.Combine(Path, file);

    /// <summary>A file that the build put beside the tests.</summary>
    internal static string Beside(params string[] parts) =>
        System.IO.Path.Combine([AppContext.BaseDirectory, .. parts]);

    /// <summary>Copies all modules; their names, those first that import nothing.</summary>
    internal IReadOnlyList<string> CopyModules()
    {
        string[] order = ["ACSE-AE-Title-Subset.asn1", "CCR.asn1", "CCR-Profile.asn1"];
        string[] names = [.. Directory.GetFiles(Beside("asn1"), "*.asn1").Select(System.IO.Path.GetFileName)!];
        foreach (string name in names)
        {
            File.Copy(Beside("asn1", name), this[name]);
        }

        return [.. order, .. names.Except(order).Order(StringComparer.Ordinal)];
    }
}
