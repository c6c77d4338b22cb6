using System.CommandLine;
using Ccr.Asn1;
using Ccr.Ccrctl.Frames;

namespace Ccr.Ccrctl.Commands;

/// <summary>ccrctl decode.</summary>
internal static class DecodeCommand
{
    private const int InputOctetsMax = 256 << 20;

    public static Command Create(CommandContext context)
    {
        Argument<string[]> hex = new("HEX")
        {
            Description = "the octets in hexadecimal; without it, they come from the standard input",
            Arity = ArgumentArity.ZeroOrMore,
        };
        Option<FileInfo?> file = new("--file")
        {
            Description =
                "a file of frames, as any of our sockets carries them, or a segment of a log; octets or hexadecimal",
            HelpName = "FILE",
        };
        Option<string?> module = new("--type")
        {
            Description = "what the frames are: the module of CCR-Session, CCR-Link, CCR, ... (guessed when not given)",
            HelpName = "MODULE",
        };
        Command command = new("decode", "BER octets as readable ASN.1 values, or as JSON that encode takes back")
        {
            hex, file, module,
        };
        command.SetAction(async (parse, cancellation) =>
        {
            byte[] octets = await InputAsync(
                context, parse.GetValue(hex) ?? [], parse.GetValue(file), cancellation);
            IReadOnlyList<FoundFrame> frames = FrameSplitter.Split(octets);
            if (frames.Count == 0)
            {
                throw new CommandFailedException(
                    ExitCodes.Refused, $"There is no frame in these {octets.Length} octets.");
            }

            foreach (FoundFrame frame in frames)
            {
                Print(context, frame, FrameText.Read(frame, parse.GetValue(module)), context.WantsJson(parse));
            }

            return ExitCodes.Done;
        });
        return command;
    }

    private static void Print(CommandContext context, FoundFrame frame, IReadOnlyList<Asn1Match> matches, bool json)
    {
        Asn1Match best = matches[0];
        if (json)
        {
            context.Terminal.Output.WriteLine(FrameText.ToJson(best).ToJsonString());
            return;
        }

        context.Terminal.Output.WriteLine(
            $"-- {best.Module}, {frame.Octets.Length} octets at {frame.Offset}\n"
            + $"{best.Value.Type.Name} ::= {best.Value.ToText()}");
        if (best.UnknownCount > 0)
        {
            context.Terminal.Output.WriteLine(
                $"-- {best.UnknownCount} elements of it are none that this version knows");
        }

        string[] others = [.. matches.Skip(1).Where(m => m.UnknownCount == best.UnknownCount).Select(m => m.Module)];
        if (others.Length > 0)
        {
            context.Terminal.Output.WriteLine(
                $"-- these octets could also be of {string.Join(" or ", others)}: say --type");
        }
    }

    private static async Task<byte[]> InputAsync(
        CommandContext context, string[] hex, FileInfo? file, CancellationToken cancellation)
    {
        if (file is not null)
        {
            if (!file.Exists || file.Length > InputOctetsMax)
            {
                throw new CommandFailedException(
                    ExitCodes.Usage, $"{file.FullName} is missing, or has more than {InputOctetsMax >> 20} MiB.");
            }

            return Hex.Content(await File.ReadAllBytesAsync(file.FullName, cancellation));
        }

        string text = hex.Length > 0
            ? string.Concat(hex)
            : await context.Terminal.Input.ReadToEndAsync(cancellation);
        return Hex.Read(text) ?? throw new CommandFailedException(
            ExitCodes.Usage, "These are no hexadecimal digits; octets as they are come from a file: --file FILE.");
    }
}
