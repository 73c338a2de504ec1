"""The look of the portal: components, page shapes, the frame around every page, and the styleguide that shows them."""
