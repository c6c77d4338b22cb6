using Ccr.Asn1;
using Ccr.Protocol.Ber;
using Ccr.Protocol.Messages;

namespace Ccr.Conformance.Messages;

/// <summary>One family of messages: its type in the modules, and its decoder in C#.</summary>
public sealed class Family
{
    private readonly Decoder _decoder;

    private Family(string module, string type, Type root, Decoder decoder)
    {
        Module = module;
        TypeName = type;
        Root = root;
        _decoder = decoder;
    }

    private delegate IBerMessage? Decoder(ReadOnlySpan<byte> octets, out BerStatus status);

    public static IReadOnlyList<Family> All { get; } =
    [
        new("CCR-Session", "Session-message", typeof(SessionMessage), SessionMessage.Decode),
        new("CCR-Link", "Link-message", typeof(LinkMessage), LinkMessage.Decode),
        new("CCR-Location", "Location-message", typeof(LocationMessage), LocationMessage.Decode),
        new("CCR-Files", "Files-message", typeof(FilesMessage), FilesMessage.Decode),
        new("CCR-Log", "Log-content", typeof(LogContent), LogContent.Decode),
        new("CCR-Profile", "Profile-data", typeof(ProfileData), ProfileData.Decode),
    ];

    public static TheoryData<string> Names => [.. All.Select(family => family.Module)];

    public string Module { get; }

    public string TypeName { get; }

    public Asn1Type Type => Asn1Schema.Ccr.Type(Module, TypeName);

    /// <summary>The abstract record that all messages of the family derive from.</summary>
    public Type Root { get; }

    /// <summary>The sealed records of the family.</summary>
    public IEnumerable<Type> Messages => Root.Assembly.GetTypes().Where(
        type => type.IsSealed && type.IsAssignableTo(Root));

    public static Family Of(string module) => All.Single(family => family.Module == module);

    public IBerMessage? Decode(ReadOnlySpan<byte> octets, out BerStatus status) => _decoder(octets, out status);

    /// <summary>Decodes octets that must be good.</summary>
    public IBerMessage Decode(ReadOnlySpan<byte> octets)
    {
        IBerMessage? message = _decoder(octets, out BerStatus status);
        Assert.True(message is not null, $"{status} {TypeName} {Convert.ToHexString(octets)}");
        return message;
    }

    public static byte[] Encode(IBerMessage message)
    {
        BerWriter writer = new();
        message.Write(writer);
        return writer.Written.ToArray();
    }

    public override string ToString() => Module;
}
