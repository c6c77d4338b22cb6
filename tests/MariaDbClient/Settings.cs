using System.Collections.Concurrent;
using System.Data.Common;
using System.Globalization;

namespace Ccr.MariaDbClient;

/// <summary>A connection string, read once.</summary>
internal sealed record Settings(
    string Socket, string Server, int Port, string User, string Password, string Database, bool IsPooled)
{
    private static readonly ConcurrentDictionary<string, Settings> Known = new();

    public string Place => Socket.Length > 0 ? Socket : $"{Server}:{Port}";

    public static Settings Of(string text) => Known.GetOrAdd(text, Read);

    private static Settings Read(string text)
    {
        DbConnectionStringBuilder builder = new() { ConnectionString = text };
        string Get(string key, string otherwise) =>
            builder.TryGetValue(key, out object? value) ? Convert.ToString(value, CultureInfo.InvariantCulture)!
                : otherwise;
        return new Settings(
            Get("Socket", ""), Get("Server", "127.0.0.1"), int.Parse(Get("Port", "3306"), CultureInfo.InvariantCulture),
            Get("User", "root"), Get("Password", ""), Get("Database", ""), bool.Parse(Get("Pooling", "false")));
    }
}
