using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ccr.Ccrctl.Frames;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl encode: the way back from decode --json.</summary>
internal static class EncodeCommand
{
    public static Command Create(CommandContext context)
    {
        Option<FileInfo?> file = new("--file")
        {
            Description = "the JSON; without it, it comes from the standard input",
            HelpName = "FILE",
        };
        Option<FileInfo?> output = new("--out")
        {
            Description = "where the octets go; without it, they are printed in hexadecimal, a frame a line",
            HelpName = "FILE",
        };
        Command command =
            new("encode", "The octets of what decode --json printed: one JSON object a frame") { file, output };
        command.SetAction(async (parse, cancellation) =>
        {
            string text = parse.GetValue(file) is FileInfo source
                ? await File.ReadAllTextAsync(source.FullName, cancellation)
                : await context.Terminal.Input.ReadToEndAsync(cancellation);
            byte[][] frames = [.. Objects(text).Select(FrameText.Encode)];
            if (parse.GetValue(output) is FileInfo target)
            {
                await File.WriteAllBytesAsync(target.FullName, frames.SelectMany(f => f).ToArray(), cancellation);
                return ExitCodes.Done;
            }

            foreach (byte[] frame in frames)
            {
                context.Terminal.Output.WriteLine(Convert.ToHexStringLower(frame));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Objects one behind the other, or in an array.</summary>
    private static List<JsonNode?> Objects(string text)
    {
        List<JsonNode?> objects = [];
        ReadOnlySpan<byte> rest = System.Text.Encoding.UTF8.GetBytes(text);
        try
        {
            Utf8JsonReader reader = new(rest, new JsonReaderOptions { AllowMultipleValues = true });
            while (reader.Read())
            {
                JsonNode? value = JsonNode.Parse(ref reader);
                objects.AddRange(value is JsonArray array ? array : [value]);
            }
        }
        catch (JsonException wrong)
        {
            throw new CommandFailedException(ExitCodes.Usage, $"This is no JSON: {wrong.Message}", wrong);
        }

        return objects.Count > 0 ? objects : throw new CommandFailedException(
            ExitCodes.Usage, "There is nothing to encode: give the JSON that decode --json printed.");
    }
}
