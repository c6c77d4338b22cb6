namespace Ccr.Databases.Testing;

/// <summary>Finds PostgreSQL's programs: Debian keeps the server's outside PATH.</summary>
internal static class PostgreSqlPrograms
{
    internal static string Find(string name)
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        IEnumerable<string> debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(f => Path.Combine(f, "bin"))
            : [];
        return debian.Concat(folders).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"{name} is missing (apt-get install postgresql-15).");
    }
}
