namespace Ccr.Asn1.Tests;

/// <summary>Tags as X.680 24.7, 29.2 and 31.2.7 want them, shown by the octets that come out.</summary>
public sealed class TaggingTests
{
    [Theory]
    [InlineData("AUTOMATIC", "A ::= SEQUENCE { a INTEGER, b BOOLEAN }", "{'a':5,'b':true}", "30068001058101FF")]
    [InlineData("IMPLICIT", "A ::= SEQUENCE { a INTEGER, b BOOLEAN }", "{'a':5,'b':true}", "30060201050101FF")]
    [InlineData("IMPLICIT", "A ::= SEQUENCE { a [7] INTEGER }", "{'a':5}", "3003870105")]
    [InlineData("EXPLICIT", "A ::= SEQUENCE { a [7] INTEGER }", "{'a':5}", "3005A703020105")]
    [InlineData("IMPLICIT", "A ::= SEQUENCE { a [7] EXPLICIT INTEGER }", "{'a':5}", "3005A703020105")]
    [InlineData("EXPLICIT", "A ::= SEQUENCE { a [7] IMPLICIT INTEGER }", "{'a':5}", "3003870105")]
    [InlineData("AUTOMATIC", "A ::= SEQUENCE { a B } B ::= CHOICE { x INTEGER }", "{'a':{'x':5}}", "3005A003800105")]
    [InlineData("AUTOMATIC", "A ::= SEQUENCE { a [7] INTEGER, b NULL }", "{'a':5,'b':null}", "30058701050500")]
    [InlineData("AUTOMATIC", "A ::= [APPLICATION 3] SEQUENCE { a INTEGER }", "{'a':5}", "6303800105")]
    [InlineData("IMPLICIT", "A ::= SEQUENCE { a [1] B } B ::= [5] SEQUENCE { }", "{'a':{}}", "3002A100")]
    [InlineData("EXPLICIT", "A ::= [1] B B ::= [5] NULL", "null", "A104A5020500")]
    [InlineData("AUTOMATIC", "A ::= CHOICE { a NULL, ..., b NULL }", "{'b':null}", "8100")]
    [InlineData("AUTOMATIC", "A ::= SEQUENCE OF INTEGER", "[1,2]", "3006020101020102")]
    [InlineData("IMPLICIT", "A ::= SEQUENCE { a [40] NULL }", "{'a':null}", "30039F2800")]
    public void Octets_carry_the_tags_of_the_module(string tags, string body, string json, string hex)
    {
        Asn1Schema schema = ModuleParserTests.Parse(body, tags);

        byte[] octets = Asn1Schema.Encode(schema.FromJson("M", "A", json.Replace('\'', '"')));

        Assert.Equal(hex, Convert.ToHexString(octets));
        Assert.Equal(json.Replace('\'', '"'), schema.Decode("M", "A", octets).ToJson()?.ToJsonString() ?? "null");
    }

    [Fact]
    public void Second_root_components_are_numbered_before_the_additions()
    {
        Asn1Schema schema = ModuleParserTests.Parse("A ::= SEQUENCE { a NULL, ..., b NULL, ..., c NULL }");

        byte[] octets = Asn1Schema.Encode(schema.FromJson("M", "A", """{"a":null,"b":null,"c":null}"""));

        Assert.Equal("3006800082008100", Convert.ToHexString(octets));
    }
}
