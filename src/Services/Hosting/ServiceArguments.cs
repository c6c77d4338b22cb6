namespace Ccr.Services.Hosting;

/// <summary>The arguments of a service, as configuration keys.</summary>
internal sealed class ServiceArguments
{
    /// <summary>The file named by --config, or null.</summary>
    public string? ConfigFile { get; private set; }

    /// <summary>True when the usage was asked for.</summary>
    public bool Help { get; private set; }

    /// <summary>Configuration keys and their values.</summary>
    public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads "--key value" and "--key=value".</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="section">The section that all keys but Node and Data belong to.</param>
    /// <exception cref="ArgumentException">They are not understood; the message says which.</exception>
    public static ServiceArguments Read(string[] args, string section)
    {
        ServiceArguments result = new();
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] is "--help" or "-h" or "-?")
            {
                result.Help = true;
                continue;
            }

            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new ArgumentException($"The argument '{args[i]}' is not understood: write --name value.");
            }

            string[] parts = args[i][2..].Split('=', 2);
            string value = parts.Length == 2 ? parts[1]
                : ++i < args.Length ? args[i]
                : throw new ArgumentException($"--{parts[0]} needs a value.");
            result.Take(parts[0], value, section);
        }

        return result;
    }

    private void Take(string name, string value, string section)
    {
        if (name.Equals("config", StringComparison.OrdinalIgnoreCase))
        {
            ConfigFile = value;
        }
        else if (name.Equals("peer", StringComparison.OrdinalIgnoreCase))
        {
            (string node, string address) = PeerArgument.Parse(value);
            Settings[$"{section}:Peers:{node}"] = address;
        }
        else if (name.Contains(':', StringComparison.Ordinal) || ServiceSettings.IsCommon(name))
        {
            Settings[name] = value;
        }
        else
        {
            Settings[$"{section}:{name}"] = value;
        }
    }
}
