using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ccr.Asn1.Parsing;

namespace Ccr.Asn1;

/// <summary>A match of <see cref="Asn1Schema.Guess"/>.</summary>
/// <param name="Module">The module of the type.</param>
/// <param name="Value">The value.</param>
/// <param name="UnknownCount">How many elements inside it this version does not know; 0: all is understood.</param>
public sealed record Asn1Match(string Module, Asn1Value Value, int UnknownCount);

/// <summary>
/// The types of a set of ASN.1 modules, with a codec that works by them: slow, strict, and independent of the
/// protocol's own, so that each checks the other.
/// </summary>
public sealed class Asn1Schema
{
    private static readonly (string Module, string Type)[] Frames =
    [
        ("CCR-Session", "Session-message"),
        ("CCR-Link", "Link-message"),
        ("CCR", "CCR-APDUS"),
        ("CCR-Location", "Location-message"),
        ("CCR-Files", "Files-message"),
        ("CCR-Log", "Log-record"),
        ("CCR-Profile", "Profile-data"),
    ];

    private static readonly Lazy<Asn1Schema> Own = new(LoadOwn);
    private readonly Dictionary<(string Module, string Name), Asn1Type> _types;

    private Asn1Schema(IReadOnlyList<ModuleSyntax> modules)
    {
        Modules = [.. modules.Select(module => module.Name)];
        _types = new TypeResolver(modules).ResolveAll();
    }

    /// <summary>The modules of Ccr: every octet on every socket and in the log.</summary>
    public static Asn1Schema Ccr => Own.Value;

    /// <summary>The names of the modules.</summary>
    public IReadOnlyList<string> Modules { get; }

    /// <summary>The top types of Ccr: what a frame can be.</summary>
    public static IReadOnlyList<(string Module, string Type)> FrameTypes => Frames;

    /// <summary>Parses modules. Throws <see cref="Asn1Exception"/>, whose message names the line.</summary>
    public static Asn1Schema Parse(params IEnumerable<string> sources)
    {
        List<ModuleSyntax> modules = [.. sources.Select((source, i) => ModuleParser.Parse($"module {i + 1}", source))];
        string? twice = modules.GroupBy(module => module.Name).FirstOrDefault(group => group.Count() > 1)?.Key;
        return twice is null ? new Asn1Schema(modules) : throw new Asn1Exception($"The module {twice} is there twice.");
    }

    /// <summary>The types that a module defines.</summary>
    public IReadOnlyList<Asn1Type> TypesOf(string module) =>
        [.. _types.Where(type => type.Key.Module == module).Select(type => type.Value)];

    /// <summary>A type; throws when there is none.</summary>
    public Asn1Type Type(string module, string name) => _types.TryGetValue((module, name), out Asn1Type? type)
        ? type
        : throw new Asn1Exception($"{module} has no type '{name}'; the modules are {string.Join(", ", Modules)}.");

    /// <summary>Decodes octets in BER; throws <see cref="Asn1Exception"/> with the path to what is wrong.</summary>
    public Asn1Value Decode(string module, string type, ReadOnlyMemory<byte> octets) =>
        new Asn1Decoder(Profile).Whole(Type(module, type), octets);

    /// <summary>Decodes octets in BER, or says what is wrong.</summary>
    public bool TryDecode(
        Asn1Type type,
        ReadOnlyMemory<byte> octets,
        [NotNullWhen(true)] out Asn1Value? value,
        [NotNullWhen(false)] out string? error)
    {
        try
        {
            value = new Asn1Decoder(Profile).Whole(type, octets);
            error = null;
            return true;
        }
        catch (Asn1Exception wrong)
        {
            value = null;
            error = wrong.Message;
            return false;
        }
    }

    /// <summary>Encodes a value: definite lengths, the shortest, defaults left out.</summary>
    public static byte[] Encode(Asn1Value value) => Asn1Encoder.Element(value, Asn1Path.Root(value.Type));

    /// <summary>Makes a value of JSON; throws <see cref="Asn1Exception"/> with the path to what is wrong.</summary>
    public Asn1Value FromJson(string module, string type, string json)
    {
        try
        {
            return FromJson(module, type, JsonNode.Parse(json));
        }
        catch (JsonException wrong)
        {
            throw new Asn1Exception($"This is no JSON: {wrong.Message}", wrong);
        }
        catch (ArgumentException wrong)
        {
            throw new Asn1Exception($"This JSON has a member twice: {wrong.Message}", wrong);
        }
    }

    /// <summary>Makes a value of JSON; throws <see cref="Asn1Exception"/> with the path to what is wrong.</summary>
    public Asn1Value FromJson(string module, string type, JsonNode? json)
    {
        Asn1Type top = Type(module, type);
        Asn1Value value = new JsonReader(Profile).Read(top, json, Asn1Path.Root(top));
        Encode(value);
        return value;
    }

    /// <summary>What a frame can be: those types first that understand all of it.</summary>
    public IReadOnlyList<Asn1Match> Guess(ReadOnlyMemory<byte> octets)
    {
        List<Asn1Match> matches = [];
        foreach ((string module, string name) in Frames)
        {
            if (!_types.TryGetValue((module, name), out Asn1Type? type))
            {
                continue;
            }

            try
            {
                Asn1Decoder decoder = new(Profile);
                matches.Add(new Asn1Match(module, decoder.Whole(type, octets), decoder.UnknownCount));
            }
            catch (Asn1Exception)
            {
                continue; // it is not of this type: one of the others says so
            }
        }

        return [.. matches.OrderBy(match => match.UnknownCount)];
    }

    private Asn1Type Profile => _types.GetValueOrDefault(("CCR-Profile", "Profile-data"), ExternalType.Instance);

    private static Asn1Schema LoadOwn()
    {
        Assembly assembly = typeof(Asn1Schema).Assembly;
        List<string> sources = [];
        foreach (string name in assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            if (name.EndsWith(".asn1", StringComparison.Ordinal))
            {
                using StreamReader reader = new(assembly.GetManifestResourceStream(name)!);
                sources.Add(reader.ReadToEnd());
            }
        }

        return Parse(sources);
    }
}
