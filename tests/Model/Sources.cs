using System.Runtime.CompilerServices;

namespace Ccr.Model;

/// <summary>Where the model's sources are in this checkout.</summary>
internal static class Sources
{
    /// <summary>The folder of ccr.pml.</summary>
    public static string Folder { get; } = Path.Combine(Path.GetDirectoryName(Here())!, "Promela");

    private static string Here([CallerFilePath] string path = "") => path;
}
