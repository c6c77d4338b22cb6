using System.Reflection;
using System.Runtime.Loader;
using Ccr.Hostile.Targets;

namespace Ccr.Hostile.Fuzzing;

/// <summary>The decoders with counters in them, loaded beside the ones that everybody else uses.</summary>
internal sealed class InstrumentedDecoders : IDisposable
{
    private static readonly string[] Rewritten = ["Ccr.Protocol", "Ccr.Transport", "Ccr.AtomicActionLog"];

    private readonly DirectoryInfo _folder;

    public InstrumentedDecoders()
    {
        _folder = Directory.CreateTempSubdirectory("ccr-fuzz-");
        Edges = Instrumentation.Rewrite(AppContext.BaseDirectory, _folder.FullName, Rewritten);
        Assembly targets = new Beside(_folder.FullName).LoadFromAssemblyPath(
            Path.Combine(_folder.FullName, "Ccr.Hostile.Targets.dll"));
        Type decoders = targets.GetType(typeof(Decoders).FullName!, throwOnError: true)!;
        Run = decoders.GetMethod(nameof(Decoders.Run))!.CreateDelegate<Func<int, byte[], int, int>>();
        Complaint = decoders.GetMethod(nameof(Decoders.Complaint))!.CreateDelegate<Func<int, byte[], int, string?>>();
        Hits = (byte[])targets.GetType(typeof(EdgeMap).FullName!, throwOnError: true)!
            .GetField(nameof(EdgeMap.Hits))!.GetValue(null)!;
    }

    /// <summary>Edges of all that was rewritten, most of which no input can reach.</summary>
    public int Edges { get; }

    /// <summary>What they count.</summary>
    public byte[] Hits { get; }

    /// <summary><see cref="Decoders.Run"/> of the rewritten code.</summary>
    public Func<int, byte[], int, int> Run { get; init; }

    /// <summary><see cref="Decoders.Complaint"/> of the rewritten code.</summary>
    public Func<int, byte[], int, string?> Complaint { get; }

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>Our own assemblies from the folder, everything else from where it is already.</summary>
    private sealed class Beside(string folder) : AssemblyLoadContext("instrumented")
    {
        protected override Assembly? Load(AssemblyName assemblyName)
        {
            string path = Path.Combine(folder, assemblyName.Name + ".dll");
            return assemblyName.Name!.StartsWith("Ccr.", StringComparison.Ordinal) && File.Exists(path)
                ? LoadFromAssemblyPath(path)
                : null;
        }
    }
}
