using System.Text.Json.Nodes;
using Ccr.Asn1;

namespace Ccr.Ccrctl.Frames;

/// <summary>One frame as ASN.1 value notation or JSON, and the way back from that JSON.</summary>
internal static class FrameText
{
    /// <summary>What a frame is: the types that fit, the best first.</summary>
    /// <exception cref="CommandFailedException">It is none; the message says what was tried.</exception>
    public static IReadOnlyList<Asn1Match> Read(FoundFrame frame, string? module)
    {
        if (module is null)
        {
            IReadOnlyList<Asn1Match> matches = Asn1Schema.Ccr.Guess(frame.Octets);
            return matches.Count > 0 ? matches : throw new CommandFailedException(
                ExitCodes.Refused,
                $"The {frame.Octets.Length} octets at {frame.Offset} are no frame of ours. Name the module with --type"
                + $" to be told why: {string.Join(", ", Asn1Schema.FrameTypes.Select(t => t.Module))}.");
        }

        try
        {
            return [new Asn1Match(module, Asn1Schema.Ccr.Decode(module, TypeOf(module), frame.Octets), 0)];
        }
        catch (Asn1Exception wrong)
        {
            throw new CommandFailedException(
                ExitCodes.Refused, $"The {frame.Octets.Length} octets at {frame.Offset}: {wrong.Message}", wrong);
        }
    }

    /// <summary>The JSON of a frame: its module, its type, its value.</summary>
    public static JsonObject ToJson(Asn1Match match) => new()
    {
        ["module"] = match.Module,
        ["type"] = match.Value.Type.Name,
        ["value"] = match.Value.ToJson(),
    };

    /// <summary>The octets of what <see cref="ToJson"/> made.</summary>
    /// <exception cref="CommandFailedException">It is not of that form.</exception>
    public static byte[] Encode(JsonNode? frame)
    {
        if (frame is not JsonObject form || form["module"]?.GetValue<string>() is not string module)
        {
            throw new CommandFailedException(
                ExitCodes.Usage,
                "Each frame is an object as decode --json prints it: {\"module\":..,\"type\":..,\"value\":..}.");
        }

        try
        {
            string type = form["type"]?.GetValue<string>() ?? TypeOf(module);
            return Asn1Schema.Encode(Asn1Schema.Ccr.FromJson(module, type, form["value"]?.DeepClone()));
        }
        catch (Asn1Exception wrong)
        {
            throw new CommandFailedException(ExitCodes.Refused, wrong.Message, wrong);
        }
    }

    private static string TypeOf(string module) =>
        Asn1Schema.FrameTypes.FirstOrDefault(t => t.Module == module).Type ?? throw new CommandFailedException(
            ExitCodes.Usage,
            $"There is no module '{module}': {string.Join(", ", Asn1Schema.FrameTypes.Select(t => t.Module))}.");
}
