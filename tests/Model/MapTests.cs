using System.Reflection;
using System.Text.RegularExpressions;
using Ccr.AtomicActions;
using Ccr.Protocol.Machine;

namespace Ccr.Model;

/// <summary>The model's header says which method each happening stands for: such methods must be there.</summary>
public sealed partial class MapTests
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public
        | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    [Fact]
    public void Every_method_that_the_model_names_is_there()
    {
        string text = File.ReadAllText(Path.Combine(Sources.Folder, "ccr.pml"));
        string header = text[..text.IndexOf("*/", StringComparison.Ordinal)];
        Type[] types = [.. typeof(Lane).Assembly.GetTypes(), .. typeof(SuperiorMachine).Assembly.GetTypes()];
        string[] named = [.. MethodName().Matches(header).Select(m => m.Value).Distinct()];
        Assert.True(named.Length > 30, "the map has gone");
        Assert.DoesNotContain(named, name => !IsThere(types, name.Split('.')[0], name.Split('.')[1]));
    }

    private static bool IsThere(Type[] types, string type, string method) =>
        types.Any(t => t.Name == type && t.GetMethods(Any).Any(m => m.Name == method));

    [GeneratedRegex(@"\b[A-Z]\w+\.[A-Z]\w+\b")]
    private static partial Regex MethodName();
}
