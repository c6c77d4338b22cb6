using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Ccr.Services.Hosting;

/// <summary>
/// The configuration of one service of a node: the node's name and folder, which all its services share, and the
/// service's own section. Later sources win: appsettings.json, the file of --config, CCR_ variables, arguments.
/// </summary>
public sealed class ServiceSettings
{
    /// <summary>What a service's options must keep when the program is compiled to native code.</summary>
    internal const DynamicallyAccessedMemberTypes Settings = DynamicallyAccessedMemberTypes.PublicProperties;

    private const string Sections = "Manager Location Files Ccr Logging";
    private readonly IConfiguration _configuration;
    private readonly string _section;

    internal ServiceSettings(IConfiguration configuration, string section)
    {
        _configuration = configuration;
        _section = section;
    }

    /// <summary>The node's name; empty when none is given.</summary>
    public string Node => _configuration["Node"] ?? "";

    /// <summary>The node's folder; empty when none is given.</summary>
    public string Data => _configuration["Data"] ?? "";

    /// <summary>Sets the service's options to what its section says.</summary>
    /// <param name="bind">Binds them: a call in which their type stands is compiled, not reflected upon.</param>
    /// <exception cref="ArgumentException">A value has the wrong form; the message names it.</exception>
    public void Bind(Action<IConfiguration> bind)
    {
        try
        {
            bind(_configuration.GetSection(_section));
        }
        catch (InvalidOperationException wrong)
        {
            throw new ArgumentException($"{wrong.Message.TrimEnd('.')}: correct the setting.", wrong);
        }
    }

    internal static bool IsCommon(string key) =>
        key.Equals("Node", StringComparison.OrdinalIgnoreCase)
        || key.Equals("Data", StringComparison.OrdinalIgnoreCase);

    /// <summary>The options that hold what all services share; the program sets them.</summary>
    private static bool IsSetByProgram(PropertyInfo property) => property.Name is "Node" or "Data";

    /// <summary>The settings of a section, as arguments write them.</summary>
    internal static IEnumerable<string> NamesOf(
        [DynamicallyAccessedMembers(Settings)] Type options) => SettingsOf(options)
        .Select(property => IsList(property) ? "--peer NAME=HOST:PORT" : $"--{property.Name.ToLowerInvariant()} VALUE");

    /// <summary>Complains about keys that no service has, so that a misspelt one does not go unnoticed.</summary>
    internal static void Check(
        IConfiguration source, string section, [DynamicallyAccessedMembers(Settings)] Type options)
    {
        foreach (IConfigurationSection top in source.GetChildren())
        {
            bool known = IsCommon(top.Key)
                || Sections.Split(' ').Contains(top.Key, StringComparer.OrdinalIgnoreCase);
            if (!known)
            {
                throw new ArgumentException(
                    $"There is no setting '{top.Key}': there are Node, Data, and the sections {Sections}.");
            }
        }

        string[] names = [.. SettingsOf(options).Select(property => property.Name)];
        IConfigurationSection? unknown = source.GetSection(section).GetChildren()
            .FirstOrDefault(setting => !names.Contains(setting.Key, StringComparer.OrdinalIgnoreCase));
        if (unknown is not null)
        {
            throw new ArgumentException(
                $"There is no setting '{unknown.Key}' in {section}: there are {string.Join(", ", names)}.");
        }
    }

    private static IEnumerable<PropertyInfo> SettingsOf(
        [DynamicallyAccessedMembers(Settings)] Type options) => options
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => !IsSetByProgram(property) && (IsList(property) || (property.CanWrite && IsValue(property))));

    private static bool IsValue(PropertyInfo property)
    {
        Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(TimeSpan);
    }

    private static bool IsList(PropertyInfo property) => property.PropertyType == typeof(Dictionary<string, string>);
}
