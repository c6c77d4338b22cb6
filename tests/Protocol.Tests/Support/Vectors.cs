namespace Ccr.Protocol.Tests.Support;

/// <summary>The lines of asn1/vectors/ccr-apdus.txt.</summary>
internal static class Vectors
{
    internal static IReadOnlyDictionary<string, byte[]> Read() =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "vectors", "ccr-apdus.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(' ', 3))
            .ToDictionary(fields => fields[0], fields => Convert.FromHexString(fields[1]));
}
